"""The containers: what docker-compose.yml and the Dockerfile promise, and the edge apart."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ops.container.front import front
from ops.ready import PARTS
from ops.render.edge import FILE, NODES, Keys, render_edge, render_front
from ops.runtime import KAMAILIO, tools
from siaga import __version__, secrets, settings
from siaga.errors import SettingsError
from siaga.plan import load_plan
from siaga.secrets import Secrets
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = ("node1", "node2", "node3")
SERVICES = ("edge", *MEMBERS, "postgres")
RUNBOOK = (PROJECT / "docs/engineer/compose.md").read_text(encoding="utf-8")
LOADING = {**os.environ, "PYTHONPATH": str(PROJECT)}
BEHIND = {"SIAGA_EDGE": "192.0.2.1:5060", "SIAGA_EDGE_NODES": "192.0.2.1:5070, 192.0.2.2:5070"}


def compose() -> dict[str, Any]:
    """The file, with what it says once for several put in everywhere."""
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_watched_bounded_and_locked(name: str) -> None:
    """Each container has a health check, is restarted, has limits, and can write its own place."""
    service = compose()["services"][name]
    assert {"test", "interval", "timeout", "retries"} <= service["healthcheck"].keys()
    assert service["restart"] == "unless-stopped"
    assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]


def test_nobody_of_ours_is_root() -> None:
    """Our own containers run as a user of their own, by the image as well."""
    services = compose()["services"]
    for name in ("edge", *MEMBERS):
        assert services[name]["user"] == "10112:10112"
        assert "cap_add" not in services[name]
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    for stage in ("node", "edge"):
        assert "\nUSER 10112:10112\n" in text.partition(f" AS {stage}\n")[2].partition("\nFROM ")[0]


def test_no_password_is_written_down() -> None:
    """Passwords come by files; neither file holds one, nor a proxy's or a mirror's address."""
    loaded = compose()
    assert all(secret.keys() == {"file"} for secret in loaded["secrets"].values())
    for service in loaded["services"].values():
        for name, value in service["environment"].items():
            assert not re.search("PASSWORD$|TOKEN|SECRET$", name)
            assert not re.search(r"://[^/@]*:[^/@]*@", value)
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert "://" not in text


def test_images_are_pinned() -> None:
    """No image is taken as whatever is newest."""
    services = list(compose()["services"].values())
    images = [service["image"] for service in services]
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    images += re.findall(r"^ARG BASE=(.*)$", dockerfile, re.MULTILINE)
    built = [service["build"]["args"]["BASE"] for service in services if "build" in service]
    assert set(built) == {"${SIAGA_BASE_IMAGE:-debian:forky-slim}"}
    assert "debian:forky-slim" in images
    assert "${SIAGA_POSTGRES_IMAGE:-postgres:18}" in images
    assert all(":" in image and not image.endswith(":latest") for image in images)
    ours = [image for image in images if image.startswith("siaga112-")]
    assert ours
    assert all(f":-{__version__}}}" in image for image in ours)


def test_edge_needs_nothing_that_its_image_lacks() -> None:
    """The edge's programs are loaded without any of the packages that its image leaves out."""
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"for name in ([a-z. ]+); do rm -rf venv/", text)
    assert found is not None
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({found[1].split()}))\n"
        "import ops.container.edge, ops.container.health, ops.edge\n"
    )
    subprocess.run([sys.executable, "-P", "-c", script], cwd=PROJECT, env=LOADING, check=True)


def test_nodes_share_no_port() -> None:
    """The nodes are on one network: each has its own ports, and the edge knows where they are."""
    services = compose()["services"]
    environments = [services[name]["environment"] for name in MEMBERS]
    ports = [
        value
        for environment in environments
        for name, value in environment.items()
        if re.search("_PORT$|_RTP_", name)
    ]
    assert len(ports) == len(set(ports)) == 30
    known = services["edge"]["environment"]["SIAGA_EDGE_NODES"].split(",")
    ours = [f"${{SIAGA_ADDRESS:-127.0.0.1}}:{each['SIAGA_SIP_PORT']}" for each in environments]
    assert known == [*ours[:2], "${SIAGA_MORE_NODES:-}"]
    assert f"SIAGA_MORE_NODES=203.0.113.5:{environments[2]['SIAGA_SIP_PORT']}\n" in RUNBOOK


def test_the_third_node_is_like_the_second() -> None:
    """It differs by its name, its ports and its volume, and runs only where it is asked for."""
    services = compose()["services"]
    second, third = services["node2"], services["node3"]
    assert third.pop("profiles") == ["node3"]
    assert "profiles" not in second
    own = re.compile("SIAGA_NODE$|_PORT$|_RTP_")
    for service in (second, third):
        environment = service["environment"]
        service["environment"] = {
            name: value for name, value in environment.items() if not own.search(name)
        }
        service["volumes"] = [re.sub("^node.:", "node:", each) for each in service["volumes"]]
    assert second == third
    assert services["node3"]["volumes"]
    assert "node3" in compose()["volumes"]


def test_node_has_files_for_its_audio() -> None:
    """A node may open more files than its calls need, whatever the engine begins with."""
    services = compose()["services"]
    for name in MEMBERS:
        environment = services[name]["environment"]
        ports = int(environment["SIAGA_RTP_END"]) - int(environment["SIAGA_RTP_START"]) + 1
        files = services[name]["ulimits"]["nofile"]
        assert files["soft"] == files["hard"] > 4 * ports


def test_handsets_log_in_at_the_edge() -> None:
    """The nodes leave it to the edge, which derives their passwords from the secret of all."""
    services = compose()["services"]
    for name in ("edge", *MEMBERS):
        environment = services[name]["environment"]
        assert environment["SIAGA_EDGE_HANDSETS"] == "1"
        assert environment["SIAGA_SECRET_FILE"] == "/run/secrets/centre"
        assert "centre" in services[name]["secrets"]


def test_node_behind_an_edge_apart(tmp_path: Path) -> None:
    """A node with its edge elsewhere runs no Kamailio, and still lets calls in from there alone."""
    env = {"SIAGA_HOME": str(tmp_path), "SIAGA_EDGE": "192.0.2.1:5060", "SIAGA_EDGE_APART": "1"}
    own = settings.load(env)
    plan = load_plan(own.plan).plan
    assert own.edge is not None
    assert own.own_edge is None
    assert KAMAILIO not in tools(own)
    assert render_edge(own, plan, Secrets({}, {})) is None
    assert "edge" in PARTS
    with pytest.raises(SettingsError):
        settings.load({"SIAGA_EDGE_APART": "1"})
    with pytest.raises(SettingsError):
        settings.load({**env, "SIAGA_EDGE_APART": "yes"})


def test_front_has_every_node(tmp_path: Path) -> None:
    """An edge apart knows all nodes twice: as asked for signs of life, and as the last resort."""
    own = settings.load({"SIAGA_HOME": str(tmp_path), "SIAGA_TRUNKS": "198.51.100.7"})
    known = front(BEHIND)
    files = render_front(own, load_plan(own.plan).plan, known, Keys("0" * 64))
    assert files[NODES].splitlines() == [
        "1 sip:192.0.2.1:5070 0",
        "1 sip:192.0.2.2:5070 0",
        "2 sip:192.0.2.1:5070 32",
        "2 sip:192.0.2.2:5070 32",
    ]
    for address in ("198.51.100.7", "192.0.2.1", "192.0.2.2"):
        assert f'is_in_subnet("$si", "{address}' in files[FILE]


@pytest.mark.parametrize("nodes", ["", "here", "192.0.2.1:5060", "192.0.2.2:1,192.0.2.2:1"])
def test_front_refuses(nodes: str) -> None:
    """No node, no address, itself, or one twice: refused with the setting's name."""
    with pytest.raises(SettingsError, match="SIAGA_EDGE_NODES"):
        front({**BEHIND, "SIAGA_EDGE_NODES": nodes})


def test_nodes_agree_on_passwords(tmp_path: Path) -> None:
    """With one secret nodes know a handset by the same password; what is their own differs."""
    file = tmp_path / "centre"
    file.write_text("0" * 64 + "\n")
    shared = secrets.shared(file)
    one = secrets.ensure(tmp_path / "1.json", ["201"], ["7"], shared)
    two = secrets.ensure(tmp_path / "2.json", ["202", "201"], ["7"], shared)
    alone = secrets.ensure(tmp_path / "3.json", ["201"], ["7"])
    assert one.handsets["201"] == two.handsets["201"] != alone.handsets["201"]
    assert two.handsets["202"] != two.handsets["201"]
    assert one.officers == two.officers
    assert one.webhook == two.webhook
    assert one.api != two.api
    assert one.ami != two.ami
    file.write_text("short")
    with pytest.raises(SettingsError, match="SIAGA_SECRET_FILE"):
        secrets.shared(file)
    with pytest.raises(SettingsError, match="SIAGA_SECRET_FILE"):
        secrets.shared(tmp_path / "nowhere")


def test_password_of_the_database_comes_by_a_file(tmp_path: Path) -> None:
    """It is put into the address with what is special in it escaped; a second one is refused."""
    file = tmp_path / "password"
    file.write_text("a/b@c\n")
    env = {
        "SIAGA_DATABASE_PASSWORD_FILE": str(file),
        "SIAGA_DATABASE_URL": "postgresql://siaga@h/d",
    }
    assert settings.load(env).database == "postgresql://siaga:a%2Fb%40c@h/d"
    for url in ("", "postgresql://siaga:old@h/d", "postgresql://h/d"):
        with pytest.raises(SettingsError) as refused:
            settings.load({**env, "SIAGA_DATABASE_URL": url})
        assert "a/b@c" not in str(refused.value)
