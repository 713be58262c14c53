"""The shell functions of set-up, called as the script calls them."""

import os
import subprocess
from pathlib import Path

import pytest

from siaga.settings import PROJECT


def shell(code: str, *arguments: str | Path, env: dict[str, str] | None = None) -> str:
    """Source set-up's functions, run the code, return what it prints."""
    script = f'here={PROJECT}; . "$here/ops/setup/setup.sh"; set -u; {code}'
    done = subprocess.run(
        ("sh", "-c", script, "sh", *map(str, arguments)),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], **(env or {})},
    )
    return done.stdout.strip() + done.stderr.strip()


MIRROR = "http://mirror.example.org/debian"
ONE_LINE = f"""\
# deb http://commented.example.org/debian bookworm main
deb-src {MIRROR}-src bookworm main
deb http://security.example.org/debian-security bookworm-security main
deb https://docker.example.org/linux/debian bookworm stable
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] {MIRROR} bookworm main contrib
"""
DEB822 = f"""\
Types: deb
URIs: http://security.example.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
Enabled: no
URIs: http://disabled.example.org/debian
Suites: bookworm
Components: main

# a comment
Types: deb deb-src
URIs: {MIRROR} http://second.example.org/debian
Suites: bookworm
  bookworm-updates
Components: main
"""
OTHERS = "deb https://tools.example.org/apt stable main\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sources.list", ONE_LINE),
        ("sources.list.d/debian.list", ONE_LINE),
        ("sources.list.d/debian.sources", DEB822),
    ],
)
def test_the_mirror_is_found_in_every_form_of_sources(tmp_path: Path, name: str, text: str) -> None:
    """The release's own mirror is taken, not security, sources, disabled or foreign archives."""
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "a-tool.list").write_text(OTHERS)
    (tmp_path / name).write_text(text)
    assert shell('mirror_from_sources "$1" bookworm forky stable', tmp_path) == MIRROR


def test_no_sources_give_no_mirror(tmp_path: Path) -> None:
    """An empty configuration gives an empty answer, which set-up reports."""
    assert shell('mirror_from_sources "$1" bookworm stable', tmp_path) == ""


@pytest.mark.parametrize(
    ("release", "chosen"),
    [
        ("ID=debian\nVERSION_CODENAME=bookworm\n", "Debian forky main debian-archive-keyring"),
        ("ID=debian\n", "Debian forky main debian-archive-keyring"),
        (
            "ID=ubuntu\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n",
            "Ubuntu noble main universe ubuntu-archive-keyring",
        ),
        (
            "ID=linuxmint\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n",
            "Ubuntu noble main universe ubuntu-archive-keyring",
        ),
        ("ID=fedora\n", "none"),
    ],
)
def test_the_archive_follows_the_platform(tmp_path: Path, release: str, chosen: str) -> None:
    """Debian takes the suite that holds Asterisk, Ubuntu its own; others have none."""
    (tmp_path / "os-release").write_text(release)
    code = 'choose_archive "$1" && echo "$origin $suite $components $keyring_name" || echo none'
    assert shell(code, tmp_path / "os-release") == chosen


@pytest.mark.parametrize(
    ("tool", "says", "good"),
    [
        ("asterisk", "Asterisk 22.10.1+dfsg", True),
        ("asterisk", "Asterisk certified/20.7-cert1", True),
        ("asterisk", "Asterisk 18.26.4", False),
        ("asterisk", "cannot open shared object", False),
        ("sipp", " SIPp v3.8.0-TLS-SCTP-PCAP.", True),
        ("sipp", " SIPp v3.6.1-TLS-SCTP-PCAP.", True),
        ("sipp", " SIPp v3.10.0-PCAP.", True),
        ("sipp", " SIPp v3.6.1-TLS.", False),
        ("sipp", " SIPp v3.5.2-PCAP.", False),
        ("espeak-ng", " 5  id              --/M      Indonesian         poz/id", True),
        ("espeak-ng", "Pty Language       Age/Gender VoiceName", False),
    ],
)
def test_a_tool_of_the_machine_is_taken_only_when_it_will_do(
    tmp_path: Path, tool: str, says: str, good: object
) -> None:
    """Version and build of what is on PATH decide whether it is used as it is."""
    program = tmp_path / tool
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    code = 'will_do "$1" "$2" && echo True || echo False'
    assert shell(code, tool, program) == str(good)


def test_a_python_without_the_needed_modules_is_passed_over(tmp_path: Path) -> None:
    """The first python3 that is new enough and whole is chosen, not the first on PATH."""
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    good = tmp_path / "python3.12"
    good.write_text("#!/bin/sh\nexit 0\n")
    good.chmod(0o755)
    (tmp_path / "python3.13").symlink_to(old)
    path = f"{tmp_path}:{os.environ['PATH']}"
    assert shell("find_python", env={"PATH": path}) == "python3.12"


def test_a_stamp_of_another_lock_file_or_place_does_not_count(tmp_path: Path) -> None:
    """Only a stamp written for this lock file at this place says that the part is made."""
    code = """
        runtime=$1 packages=run tools=no
        . "$here/ops/setup/stamps.sh"
        mkdir -p "$runtime/stamp" "$runtime/venv/bin"
        ln -s /bin/sh "$runtime/venv/bin/python"
        python_key run >"$runtime/stamp/python-run"
        all_made && echo made
        packages=dev; all_made || echo not-dev
        packages=run runtime=$1/../moved; mv "$1" "$runtime"; all_made || echo not-moved
    """
    assert shell(code, tmp_path / "rt").split() == ["made", "not-dev", "not-moved"]


def test_a_browser_that_was_never_seen_to_run_does_not_count(tmp_path: Path) -> None:
    """A browser left behind by a set-up that failed is made again; it has its own libraries."""
    code = """
        runtime=$1 packages=dev log=$1/log
        . "$here/ops/setup/stamps.sh"
        folder=$runtime/browser/usr/lib
        mkdir -p "$runtime/stamp" "$runtime/bin" "$folder/chromium"
        for inner in nss pulseaudio; do
            mkdir -p "$folder/x86_64-linux-gnu/$inner"
        done
        printf '#!/bin/sh\necho "$LD_LIBRARY_PATH"\n' >"$folder/chromium/chromium"
        chmod 755 "$folder/chromium/chromium"
        wrap_browser
        "$runtime/bin/chromium" | tr : '\n'
        browser_made || echo not-yet
        stamp_browser
        browser_made && echo made
    """
    runtime = tmp_path / "rt"
    folder = runtime / "browser/usr/lib/x86_64-linux-gnu"
    found = [str(folder), f"{folder}/nss", f"{folder}/pulseaudio"]
    assert shell(code, runtime).split() == [*found, "not-yet", "made"]


def test_a_platform_without_packages_is_told_what_to_install(tmp_path: Path) -> None:
    """Without apt the missing tools are named in both languages and the exit status is 3."""
    commands = ("sh", "readlink", "dirname", "sha256sum", "mkdir", "flock", "df", "awk", "sed")
    folder = tmp_path / "bin"
    folder.mkdir()
    for command in (*commands, "head", "rm", "cat"):
        found = next(p for d in ("/usr/bin", "/bin") if (p := Path(d, command)).exists())
        (folder / command).symlink_to(found)
    # The daemons' folders are searched besides PATH: this machine may have an Asterisk there.
    code = """
        runtime=$1 packages=run tools=yes
        . "$here/ops/setup/stamps.sh"
        own_tool() { return 1; }
        set_up
    """
    script = f'here={PROJECT}; . "$here/ops/setup/setup.sh"; {code}'
    done = subprocess.run(
        (str(folder / "sh"), "-c", script, "sh", str(tmp_path / "rt")),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(folder)},
    )
    assert done.returncode == 3
    assert "Tidak ada di mesin ini: asterisk sipp espeak-ng sox." in done.stderr
    assert "Not on this machine: asterisk sipp espeak-ng sox." in done.stderr


@pytest.mark.parametrize("has_one", [True, False])
def test_the_machines_own_asterisk_brings_its_canary(tmp_path: Path, *, has_one: bool) -> None:
    """What lies beside the machine's Asterisk is taken; one made for an earlier Asterisk goes."""
    runtime, sbin = tmp_path / "runtime", tmp_path / "sbin"
    (runtime / "bin").mkdir(parents=True)
    sbin.mkdir()
    for name in ("asterisk", "astcanary")[: 1 + has_one]:
        (sbin / name).touch(mode=0o755)
    (runtime / "bin" / "asterisk").symlink_to(sbin / "asterisk")
    (runtime / "bin" / "astcanary").touch(mode=0o755)
    assert shell('runtime=$1; . "$here/ops/setup/tools.sh"; make_canary', runtime) == ""
    made = runtime / "bin" / "astcanary"
    if has_one:
        assert made.resolve() == sbin / "astcanary"
    else:
        assert not made.exists()
