"""Finding the telephony tools."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops import runtime
from siaga.errors import MissingError
from siaga.settings import Settings, load

SPOKEN = {
    "asterisk": "Asterisk 22.10.1+dfsg+~cs6.17.60671434-1",
    "sipp": "\n SIPp v3.8.0-TLS-SCTP-PCAP.\n",
    "espeak-ng": "eSpeak NG text-to-speech: 1.52.0  Data at: /usr/lib/espeak-ng-data",
    "sox": "sox:      SoX v14.4.2",
}


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit 99\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    return load({"SIAGA_HOME": str(tmp_path / "home"), "SIAGA_RUNTIME": str(tmp_path / "rt")})


def unpacked(root: Path, asterisk: str = SPOKEN["asterisk"]) -> None:
    """A runtime as set-up leaves it when everything was unpacked."""
    for name, says in SPOKEN.items():
        program(root / "bin" / name, asterisk if name == "asterisk" else says)
    modules = root / "root/usr/lib/x86_64-linux-gnu/asterisk/modules"
    modules.mkdir(parents=True)
    (modules / "res_pjsip.so").touch()
    data = root / "root/usr/share/asterisk/documentation"
    data.mkdir(parents=True)
    (data / "core-en_US.xml").touch()
    program(root / "bin" / "astcanary", "")


def test_unpacked_tools_are_found_with_their_data(settings: Settings) -> None:
    """Wrappers in bin lead to modules and data in the unpacked root."""
    unpacked(settings.runtime)
    found = runtime.find_runtime(settings)
    usr = settings.runtime / "root" / "usr"
    assert found.asterisk == settings.runtime / "bin" / "asterisk"
    assert found.asterisk_version == (22, 10, 1)
    assert found.sbin_dir == settings.runtime / "bin"
    assert found.module_dir == usr / "lib/x86_64-linux-gnu/asterisk/modules"
    assert found.data_dir == usr / "share/asterisk"
    assert found.sipp_data == usr / "share/sip-tester"


def test_the_machines_own_asterisk_keeps_its_own_modules(
    settings: Settings, tmp_path: Path
) -> None:
    """A link in bin leads to the modules and data beside the program it points to."""
    unpacked(settings.runtime)
    own = program(tmp_path / "usr/sbin/asterisk", "Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5")
    (tmp_path / "usr/lib/asterisk/modules").mkdir(parents=True)
    (tmp_path / "usr/lib/asterisk/modules/res_pjsip.so").touch()
    (tmp_path / "usr/share/asterisk/documentation").mkdir(parents=True)
    (tmp_path / "usr/share/asterisk/documentation/core-en_US.xml").touch()
    link = settings.runtime / "bin" / "asterisk"
    link.unlink()
    link.symlink_to(own)
    (settings.runtime / "bin" / "astcanary").unlink()
    found = runtime.find_runtime(settings)
    assert found.asterisk_version == (20, 6, 0)
    assert found.sbin_dir == tmp_path / "usr/sbin"
    assert found.module_dir == tmp_path / "usr/lib/asterisk/modules"
    assert found.data_dir == tmp_path / "usr/share/asterisk"


def test_tools_on_path_serve_where_set_up_never_ran(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without SIAGA_RUNTIME/bin a tool on PATH is found."""
    own = program(tmp_path / "own" / "sipp", SPOKEN["sipp"])
    monkeypatch.setenv("PATH", str(own.parent))
    assert runtime.find_tool(settings, runtime.SIPP) == own


def test_a_dangling_link_counts_as_missing(settings: Settings) -> None:
    """A link to a program that was uninstalled is not taken for the program."""
    (settings.runtime / "bin").mkdir(parents=True)
    (settings.runtime / "bin" / "no-such-tool").symlink_to("/nonexistent/no-such-tool")
    absent = runtime.Tool("no-such-tool", "none", (), ())
    assert runtime.find_tool(settings, absent) is None


def test_what_is_missing_is_named_with_its_package(settings: Settings) -> None:
    """The error names the very package to install, and the exit status is 3."""
    unpacked(settings.runtime)
    (settings.runtime / "bin" / "sipp").unlink()
    with pytest.raises(MissingError, match="apt-get install sip-tester") as caught:
        runtime.find_runtime(settings)
    assert caught.value.exit_status == 3


@pytest.mark.parametrize("says", ["Asterisk 18.9-cert3", "Asterisk 16.28.0", "no number at all"])
def test_an_asterisk_that_is_too_old_is_refused(settings: Settings, says: str) -> None:
    """Asterisk below 20, or one that does not tell, is refused with what to install."""
    unpacked(settings.runtime, asterisk=says)
    with pytest.raises(MissingError, match="apt-get install asterisk"):
        runtime.find_runtime(settings)


def test_an_asterisk_without_modules_is_refused(settings: Settings) -> None:
    """An Asterisk whose modules are not where they belong is named, not started."""
    unpacked(settings.runtime)
    for module in settings.runtime.rglob("res_pjsip.so"):
        module.unlink()
    with pytest.raises(MissingError, match=r"res_pjsip\.so"):
        runtime.find_runtime(settings)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (SPOKEN["asterisk"], (22, 10, 1)),
        ("Asterisk certified/20.7-cert1", (20, 7)),
        ("Asterisk GIT-22-0123abc", (22,)),
        (SPOKEN["sipp"], (3, 8, 0)),
        (SPOKEN["espeak-ng"], (1, 52, 0)),
        ("/srv/siaga112/bin/sox:      SoX_ng v14.7.1.2", (14, 7, 1, 2)),
        ("", ()),
    ],
)
def test_versions_are_read_from_what_tools_print(text: str, version: tuple[int, ...]) -> None:
    """Every tool's own way of writing its version is understood."""
    assert runtime.parse_version(text) == version


@given(st.text())
def test_no_output_breaks_the_version_parser(text: str) -> None:
    """Whatever a program prints, the result is a tuple of numbers."""
    assert all(part >= 0 for part in runtime.parse_version(text))


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=5).map(tuple))
def test_a_version_shown_is_read_back(version: tuple[int, ...]) -> None:
    """What show_version writes, parse_version reads."""
    assert runtime.parse_version(runtime.show_version(version)) == version


def test_the_real_runtime_is_complete() -> None:
    """The runtime that set-up made on this machine runs and holds Asterisk's modules and data."""
    found = runtime.find_runtime(load({**os.environ, "SIAGA_HOME": "/nonexistent"}))
    assert found.asterisk_version >= (20,)
    assert (found.module_dir / "res_pjsip.so").is_file()
    assert (found.data_dir / "documentation" / "core-en_US.xml").is_file()
