"""What all versions of the plan share, and what is true of everything that is rendered."""

from __future__ import annotations

import configparser
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ops.dialplan import parse
from ops.dialplan_lint import dialplan_of, lint
from ops.render import write, write_version
from siaga import settings
from siaga.names import HANDSET_HEADER
from siaga.settings import PROJECT
from tests.unit.ops.render_plans import HOSTILE, SHELL, base, own, rich

if TYPE_CHECKING:
    from pathlib import Path

_HASHES = """
import hashlib
from pathlib import Path
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.unit.ops.render_plans import base, own
for file in sorted(Path(PROJECT, "plans").glob("*.yaml")):
    loaded = load_plan(file)
    for files in (base(loaded), own(loaded)):
        for name, text in sorted(files.items()):
            print(file.name, name, hashlib.sha256(text.encode()).hexdigest())
"""


def _hashes(seed: str) -> str:
    env = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", _HASHES]
    return subprocess.run(
        command, env=env, cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout


def test_the_same_plan_gives_the_same_files() -> None:
    """Every file of every plan in the repository is the same whatever order sets happen to have."""
    first, second = _hashes("1"), _hashes("2")
    assert first == second
    assert first.count("\n") > 20


def test_a_plan_with_every_word_is_clean() -> None:
    """The dialplan of a plan that uses every word of the language has no finding."""
    for env in ({}, {"SIAGA_TEST_CLOCK": "1"}, {"SIAGA_EDGE": "127.0.0.1:5080"}):
        chosen = settings.load({"SIAGA_HOME": "/var/lib/siaga112", **env})
        assert list(lint(parse(dialplan_of(rich(), chosen)))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: Contoh", f"name: '{HOSTILE}'"),
        ("name: Jaga", f"name: '{HOSTILE}'"),
        ("name: Pos Utara", f"name: '{HOSTILE}'"),
        ("name: RSUD", f"name: '{HOSTILE}'"),
        ("name: Kebakaran", f"name: '{HOSTILE}'"),
        ("name: Kecelakaan", f"name: '{HOSTILE}'"),
        ("text: Gempa", f"text: '{HOSTILE}'"),
        ("name: Bupati", f"name: '{HOSTILE}'"),
        ("reason: Pindah", f"reason: '{HOSTILE}'"),
        ("2026-12-25: Natal", f"2026-12-25: '{HOSTILE}'"),
    ],
)
def test_no_free_text_of_the_plan_is_evaluated(old: str, new: str) -> None:
    """A name, text or reason in the plan reaches no file in a form that Asterisk would evaluate."""
    loaded = rich((old, new))
    for files in (base(loaded), own(loaded)):
        for name, text in files.items():
            assert SHELL not in text, name
            assert "System(" not in text, name
            assert "$[1+1]" not in text, name
    chosen = settings.load({"SIAGA_HOME": "/var/lib/siaga112"})
    assert list(lint(parse(dialplan_of(loaded, chosen)))) == []


def test_new_calls_are_led_into_the_version_in_force_only() -> None:
    """Entry contexts lead to the plan in force, while retained versions are only included."""
    new, old = rich(), rich(("name: Kebakaran", "name: Api"))
    text = base(new, old)["extensions.conf"]
    assert f"SIAGA_PLAN = {new.version}" in text
    jumps = [line for line in text.splitlines() if "Goto(" in line and "from-trunk" not in line]
    assert [line for line in jumps if old.version in line] == []
    led = len(new.plan.agencies) * 2 + len(new.plan.extensions)  # transfers, and what is rung
    assert len([line for line in jumps if new.version in line]) == 5 + led
    for version in (new.version, old.version):
        assert f"#include plans/{version}/extensions.conf" in text
        assert f"#include plans/{version}/musiconhold.conf" in base(new, old)["musiconhold.conf"]


def _sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            name = line[1:].partition("]")[0]
            found.setdefault(name, [])
        elif line.strip() and not line.startswith(";"):
            found[name].append(line)
    return found


def test_queues_are_those_of_the_plan_and_what_only_older_calls_need() -> None:
    """A queue is the plan's in force if it has it, and an older version's if only that has it."""
    new = rich(('handsets: ["201", ', 'handsets: ["209", '))
    old = rich(("bpbd", "lama"))
    queues = _sections(base(new, old)["queues.conf"])
    members = [line for line in queues["damkar"] if line.startswith("member")]
    assert [line.split(",")[2] for line in members] == ["209", "202", "211"]
    assert {"lama", "bpbd", "damkar-pos", "everyone"} <= queues.keys()
    assert "wrapuptime = 5" in queues["damkar"]
    assert "wrapuptime = 5" in queues["damkar-pos"]
    everyone = [line for line in queues["everyone"] if line.startswith("member")]
    assert [line.split(",")[2] for line in everyone] == list(new.plan.extensions)


@pytest.mark.parametrize(
    ("strategy", "rung", "each"),
    [("ringall", "ringall", "300"), ("linear", "linear", "8"), ("rrmemory", "rrmemory", "8")],
)
def test_a_handset_rings_its_time_or_the_whole_step(strategy: str, rung: str, each: str) -> None:
    """In turn each rings its time; all at once, or alone, it rings as long as the step."""
    plan = rich(("wrap_up: 5s", f"strategy: {strategy}"))
    queues = _sections(base(plan)["queues.conf"])
    assert {f"strategy = {rung}", f"timeout = {each}"} <= set(queues["damkar"])
    for alone in ("damkar-pos", "everyone"):
        assert {"strategy = ringall", "timeout = 300"} <= set(queues[alone])


def test_handsets_show_their_own_name_or_that_of_whom_they_belong_to() -> None:
    """A handset's caller id is its own name, else its post's, else its agency's."""
    text = base(rich())["pjsip.conf"]
    for shown in ("Jaga <202>", "Pos Utara <211>", "Damkar <201>"):
        assert f"callerid = {shown}" in text


def test_ways_out_are_never_ways_in() -> None:
    """A trunk with a host has an endpoint that nobody is taken for and that reaches nothing."""
    sections = _sections(base(rich())["pjsip.conf"])
    assert "contact = sip:10.0.0.9:5060" in sections["trunk-telkom"]
    assert "contact = sip:[2001:db8::2]:5070" in sections["trunk-other"]
    assert (
        "identify_by = ip                   ; nobody is taken for it by what his From says"
        in (sections["way-out"])
    )
    assert "context = siaga-out" in sections["way-out"]
    assert _sections(base(rich())["extensions.conf"])["siaga-out"] == [
        line for line in base(rich())["extensions.conf"].splitlines() if line.startswith("#include")
    ]
    assert not any("trunk-" in line for line in sections["trunk"])


def test_calls_come_from_the_addresses_of_settings_and_plan() -> None:
    """The trunk takes calls from both, and from nobody else."""
    trunk = _sections(base(rich(), SIAGA_TRUNKS="10.9.0.0/24")["pjsip.conf"])["trunk"]
    assert "deny = 0.0.0.0/0.0.0.0" in trunk
    for address in ("10.9.0.0/24", "10.0.0.3", "2001:db8::1"):
        assert f"permit = {address}" in trunk
        assert f"match = {address}" in trunk


def test_the_admin_account_can_neither_call_nor_command() -> None:
    """The account that reloads may not originate, run commands or write configuration."""
    parser = configparser.ConfigParser(
        strict=False, allow_no_value=True, inline_comment_prefixes=(";",)
    )
    parser.read_string(base(rich())["manager.conf"].replace("](account)", "]"))
    granted = set(parser["admin"]["write"].replace(" ", "").split(","))
    assert granted == {"system", "agent", "reporting"}


def test_files_are_for_the_owner_only(tmp_path: Path) -> None:
    """What is written, the version's folder included, is what was rendered, readable by nobody."""
    chosen = settings.load({"SIAGA_HOME": str(tmp_path)})
    write(chosen, {"queues.conf": "a"})
    write_version(chosen, "0123456789ab", {"extensions.conf": "b"})
    for file, text in (
        (chosen.etc / "queues.conf", "a"),
        (chosen.etc / "plans" / "0123456789ab" / "extensions.conf", "b"),
    ):
        assert file.read_text() == text
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nothing_of_tests_is_rendered_unless_asked_for() -> None:
    """Without the setting no call has a clock of its own and ringing lasts as the plan says."""
    loaded = rich()
    plain = own(loaded, SIAGA_TEST_SPEED="5")["extensions.conf"]
    assert "siaga-test" not in plain
    assert "SIAGA_OFFSET" not in plain + base(loaded)["extensions.conf"]
    assert "start(12,fire,)" in plain
    fast = own(loaded, SIAGA_TEST_CLOCK="1", SIAGA_TEST_SPEED="5")["extensions.conf"]
    assert "DB(siaga-test/${SIAGA_NUMBER})" in fast
    assert "start(2,fire,)" in fast
    faster = own(loaded, SIAGA_TEST_CLOCK="1", SIAGA_TEST_SPEED="1000")["extensions.conf"]
    assert "start(1,fire,)" in faster


def test_the_test_plan_uses_every_word_of_the_language() -> None:
    """Each key of a plan is used by the plan that these tests are made with."""
    assert rich().plan.model_fields_set == set(type(rich().plan).model_fields)


def test_handsets_at_the_edge_are_known_by_its_word_alone() -> None:
    """No password of theirs is on the node, and nobody but the edges speaks for them."""
    words = {
        "SIAGA_EDGE": "203.0.113.5",
        "SIAGA_EDGE_APART": "1",
        "SIAGA_EDGE_OTHERS": "203.0.113.6",
    }
    loaded = rich()
    at_edge = {"SIAGA_EDGE_HANDSETS": "1", "SIAGA_SECRET_FILE": "/run/secrets/centre"}
    text = base(loaded, **words, **at_edge)["pjsip.conf"]
    plain = base(loaded, **words)["pjsip.conf"]
    template = text.partition("[edge-handset](!,handset)\n")[2].partition("\n[")[0]
    assert "identify_by = header,auth_username" in template
    allowed = [line for line in template.splitlines() if line.startswith(("permit", "deny"))]
    assert allowed == ["deny = 0.0.0.0/0.0.0.0", "deny = ::/0"] + [
        f"permit = {host}" for host in ("203.0.113.5", "203.0.113.6")
    ]
    desks = [
        handset.extension
        for agency in loaded.plan.agencies.values()
        for handset in agency.handsets
        if not handset.browser
    ]
    assert desks
    for extension in desks:
        assert f"match_header = {HANDSET_HEADER}: {extension}\n" in text
        assert f"username = {extension}\n" not in text
        assert f"username = {extension}\n" in plain
    assert HANDSET_HEADER not in plain
