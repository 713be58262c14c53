"""What a wheel is made of: the packages, and the folders beside them that the code reads.

All else of the package stands in ``pyproject.toml``; this cannot, because there found packages and
mapped ones exclude each other.
"""

from pathlib import Path

from setuptools import find_namespace_packages, setup

OURS = ("siaga", "ivr", "router", "ops")
SHARED = ("asterisk-conf", "plans", "sounds")
"""As ``siaga.shared.FOLDERS``, which reads them in ``siaga/share``."""


def shared_packages() -> list[str]:
    """Each folder below the shared ones as the package that carries its files."""
    folders = (
        folder
        for top in SHARED
        for folder in (Path(top), *sorted(Path(top).rglob("*")))
        if folder.is_dir()
    )
    return [".".join(("siaga", "share", *folder.parts)) for folder in folders]


setup(
    packages=[
        *find_namespace_packages(
            include=[name for one in OURS for name in (one, f"{one}.*")],
            exclude=["*.__pycache__", "*.__pycache__.*"],
        ),
        *shared_packages(),
    ],
    package_dir={f"siaga.share.{top}": top for top in SHARED},
    package_data={"": ["*"]},
)
