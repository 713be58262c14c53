"""``python -m tests.compose.before COMMIT TAG``: images of an older program, to begin with.

For ``--upgrade-from TAG``. Of a commit that has a Dockerfile both images are made by it. Release
0.1.0 had none: its program is put in place of today's in today's image, whose packages must be
those it locked. It knows no secret by file and no edge apart, so its ``siaga112`` there puts
the password into the address, and the edge before it is today's.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from siaga.settings import PROJECT
from tests.compose.stack import BUILD_S, OURS

LOCK: Final = "requirements.lock"
HEALTH: Final = """\
import asyncio, sys
from ops import ready
from siaga import settings
lacking = asyncio.run(ready.missing(settings.load(), ("SIP", "AMI", "FastAGI")))
print(", ".join(lacking) or "ready")
sys.exit(bool(lacking))
"""
DOCKERFILE: Final = f"""\
FROM {OURS[0]}
USER root
RUN find /opt/siaga112 -mindepth 1 -maxdepth 1 ! -name .runtime -exec rm -rf {{}} +
COPY . /opt/siaga112
USER 10112:10112
CMD ["./siaga112", "up"]
"""
START: Final = """\
#!/bin/sh
set -eu
password=$(cat /run/secrets/postgres_password)
SIAGA_DATABASE_URL="postgresql://siaga:$password@${SIAGA_DATABASE_URL#postgresql://siaga@}"
SIAGA_TRUNKS="$SIAGA_BIND"
export SIAGA_DATABASE_URL SIAGA_TRUNKS
unset SIAGA_EDGE SIAGA_EDGE_APART SIAGA_EDGE_HANDSETS
exec /opt/siaga112/.runtime/venv/bin/python -P -m ops "$@"
"""


def made(commit: str, tag: str) -> tuple[str, ...]:
    """Make the two images; gives their names.

    Raises:
        CalledProcessError: a build fails. LookupError: it locks other packages than today.
    """
    names = tuple(f"{name.partition(':')[0]}:{tag}" for name in OURS)
    with tempfile.TemporaryDirectory(prefix="siaga112-before-") as folder:
        context = Path(folder)
        _tree(commit, context)
        if (context / "Dockerfile").exists():
            for name in names:
                target = name.partition(":")[0].removeprefix("siaga112-")
                _build(context, name, "--target", target)
        else:
            _dress(context)
            _build(context, names[0])
            subprocess.run(("docker", "tag", OURS[1], names[1]), check=True)
    return names


def _tree(commit: str, folder: Path) -> None:
    words = ("git", "archive", commit)
    packed = subprocess.run(words, cwd=PROJECT, stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(folder, filter="data")


def _dress(context: Path) -> None:
    """What a program of before there were containers needs to be in one."""
    if (context / LOCK).read_bytes() != (PROJECT / LOCK).read_bytes():
        raise LookupError(f"other packages than today's {LOCK}")
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / ".dockerignore").write_text("tests\ndocs\n")
    (context / "siaga112").write_text(START)
    health = context / "ops" / "container" / "health.py"
    health.parent.mkdir()
    health.with_name("__init__.py").touch()
    health.write_text(HEALTH)


def _build(context: Path, name: str, *words: str) -> None:
    command = ("docker", "build", "-q", "--network", "host", *words, "-t", name, str(context))
    subprocess.run(command, stdout=subprocess.DEVNULL, timeout=BUILD_S, check=True)


def main() -> int:
    """Make them, name them."""
    parser = argparse.ArgumentParser(prog="python -m tests.compose.before")
    parser.add_argument("commit")
    parser.add_argument("tag")
    asked = parser.parse_args()
    sys.stdout.write("\n".join(made(asked.commit, asked.tag)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
