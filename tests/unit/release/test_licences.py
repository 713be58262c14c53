from __future__ import annotations

import json
from email.message import Message

import pytest

from ops.release.licences import SAID, Part, is_allowed, licence_of, locked, parts, refused
from ops.release.sbom import bill
from siaga import __version__
from siaga.settings import PROJECT

LOCK = PROJECT / "requirements.lock"


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND (AGPL-3.0-only OR Apache-2.0)", True),
        ("GPL-3.0-only", False),
        ("BSD License", False),
        ("MIT AND", False),
        ("", False),
    ],
)
def test_an_expression_is_met_with_licences_of_the_list_alone(
    licence: str, *, allowed: bool
) -> None:
    """An "or" leaves the choice to us, an "and" does not; what cannot be read is refused."""
    assert is_allowed(licence) is allowed


def test_a_package_that_names_no_licence_is_refused() -> None:
    """Silence is no permission, and a licence in prose is read by a person first."""
    said = Message()
    assert licence_of("somebody", said) == ""
    said["License"] = "Do what I say\nand no more"
    part = Part("pypi", "somebody", "1", licence_of("somebody", said))
    assert part.licence == "Do what I say"
    assert refused([part]) == (part,)


def test_words_of_packages_become_licences_of_the_list() -> None:
    """Each translation leads to a licence that is accepted."""
    assert [words for words, licence in SAID.items() if not is_allowed(licence)] == []


def test_everything_that_the_centre_stands_on_has_a_licence_of_the_list() -> None:
    """Every locked package and every script of a page is listed, and none is refused."""
    found = parts(LOCK)
    assert {part.name for part in found if part.kind == "pypi"} == set(locked(LOCK))
    assert {"htmx.org", "leaflet", "jssip"} <= {p.name for p in found if p.kind == "npm"}
    assert refused(found) == ()


def test_the_bill_of_materials_names_every_part_with_its_licence() -> None:
    """The bill is CycloneDX 1.6, names what needs what, and is the same each time."""
    found = parts(LOCK)
    text = bill(found, __version__, "ab" * 32, 1_795_000_000)
    assert text == bill(found[::-1], __version__, "ab" * 32, 1_795_000_000)
    told = json.loads(text)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["version"] == __version__
    assert {(one["name"], one["version"]) for one in told["components"]} == {
        (part.name, part.version) for part in found
    }
    assert all(one["licenses"] for one in told["components"])
    needs = {one["ref"]: one.get("dependsOn", []) for one in told["dependencies"]}
    assert len(needs["siaga112"]) == len(found)
    (aiohttp,) = (ref for ref in needs if ref.startswith("pkg:pypi/aiohttp@"))
    assert any(ref.startswith("pkg:pypi/yarl@") for ref in needs[aiohttp])
