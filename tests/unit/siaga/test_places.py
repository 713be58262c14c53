"""Districts and villages: the regency's own, and files that somebody has written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from siaga import places
from siaga.errors import SettingsError
from siaga.places import Position, UnknownPlaceError
from siaga.plan import load_plan
from siaga.settings import KUTIM, PROJECT

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "code,name,latitude,longitude,basis\n"


def test_the_regency_has_its_districts_and_villages() -> None:
    """Eighteen kecamatan, the areas of its plan, and 141 desa; each centre lies in the regency."""
    found = places.load(KUTIM)
    names = {each.name.lower().replace(" ", "-") for each in found.districts}
    assert names == set(load_plan(PROJECT / "plans" / "kutim.yaml").plan.areas)
    assert len(found.districts) == 18
    assert sum(len(each.villages) for each in found.districts) == 141
    for each in found.districts:
        # The regency's extent: 115°56'26" to 118°58'19" E, 0°02'10" S to 1°52'39" N.
        assert -0.0361 <= each.centre.latitude <= 1.8775, each.name
        assert 115.9405 <= each.centre.longitude <= 118.9720, each.name


def test_distances_are_those_of_the_globe() -> None:
    """A degree of longitude at the equator is 111.19 km; the farthest point is half around."""
    here = Position(0.0, 117.0)
    assert here.km_to(Position(0.0, 118.0)) == pytest.approx(111.19, abs=0.01)
    assert here.km_to(here) == 0
    assert here.km_to(Position(0.0, -63.0)) == pytest.approx(3.14159265 * places.EARTH_KM)


def test_places_are_found_however_they_are_written() -> None:
    """By code, by name, in capitals or with signs; a village by itself or in its district."""
    found = places.load(KUTIM)
    north = found.district("sangatta-UTARA")
    assert north == found.district("64.08.04") == found.district("Sangatta Utara")
    village = found.village("Teluk Lingga", north)
    assert village == found.village("teluk lingga") == found.village(village.code)
    assert found.of(village.code) == north
    assert (found.name(village.code), found.name(north.code)) == ("Teluk Lingga", "Sangatta Utara")
    assert found.name("64.08.99.1") == "64.08.99.1"
    assert found.nearest(Position(0.17, 117.3)).name == "Teluk Pandan"


def test_what_is_not_there_or_several_is_told(tmp_path: Path) -> None:
    """The sentence lists what there is."""
    found = places.load(KUTIM)
    with pytest.raises(UnknownPlaceError, match="Sangatta Utara"):
        found.district("Bontang")
    with pytest.raises(UnknownPlaceError, match="Teluk Lingga"):
        found.village("Nirgends", found.district("Sangatta Utara"))
    file = tmp_path / "two.csv"
    rows = "11.11.01,A,0,1,\n11.11.01.0001,Same,,,\n11.11.02,B,0,2,\n11.11.02.0001,Same,,,\n"
    file.write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(UnknownPlaceError, match=r"Same \(A\), Same \(B\)"):
        places.load(file).village("same")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ":1: the first line"),
        ("code,name\n", ":1: the first line"),
        (HEAD, "no district at all"),
        (HEAD + "11.11.01,A,0\n", ":2: give 5 fields"),
        (HEAD + "11.11.01, ,0,1,\n", ":2: give 5 fields"),
        (HEAD + "11.11.01,A,,,\n", ":2: a district needs a centre"),
        (HEAD + "11.11.01,A,91,1,\n", ":2: a district needs a centre"),
        (HEAD + "11.11.01,A,nan,1,\n", ":2: a district needs a centre"),
        (HEAD + "11.11.01,A,0,1,\n11.11.01,B,0,1,\n", ":3: 11.11.01 stands here a second time"),
        (HEAD + "11.11,A,0,1,\n", ":2: '11.11' is no code"),
        (HEAD + "11.11.01,A,0,1,\n11.11.02.0001,V,,,\n", "without their district: 11.11.02"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_line(
    tmp_path: Path, text: str, told: str
) -> None:
    """With the file, the line and what is wrong in it."""
    file = tmp_path / "places.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        places.load(file)
    assert told in str(caught.value)
    assert str(file) in str(caught.value)


def test_no_file_is_no_list(tmp_path: Path) -> None:
    """Missing, or not text."""
    (tmp_path / "raw.csv").write_bytes(b"\xff\xfe")
    for name in ("missing.csv", "raw.csv"):
        with pytest.raises(SettingsError, match="cannot be read"):
            places.load(tmp_path / name)


@pytest.mark.parametrize("text", ["", "1", "1;2", "91,0", "0,181", "nan,1", "inf,1", "1,2,3"])
def test_a_position_is_two_degrees_on_the_earth(text: str) -> None:
    """Anything else is none."""
    with pytest.raises(ValueError, match=r".*"):
        places.parse(text)
    assert places.parse(" 0.55, 117.5731") == Position(0.55, 117.5731)
