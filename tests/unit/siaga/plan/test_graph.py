from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.plan import load_plan
from siaga.plan.graph import graph
from siaga.plan.graph.canvas import PAGE, WIDTH, fitted, text_width
from siaga.plan.model import Plan

PLANS = sorted((Path(__file__).resolve().parents[4] / "plans").glob("*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing: str) -> list[str]:
    """All that can be read in it, pointers' titles too."""
    return [node.text or "" for node in ET.fromstring(drawing).iter() if node.text]  # noqa: S314


def boxes(drawing: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each box, the paper not among them."""
    found = []
    for node in ET.fromstring(drawing).iter(f"{SVG}rect"):  # noqa: S314
        if node.get("class") != "paper":
            x, y, w, h = (float(node.get(name, "0")) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + w, y + h))
    return found


def overlapping(drawing: str) -> list[object]:
    found = boxes(drawing)
    return [
        (a, b)
        for i, a in enumerate(found)
        for b in found[i + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


def large(count: int = 40) -> Plan:
    """A plan with so many emergencies in sub-menus, chains of all lengths, and variants."""
    agencies: dict[str, Any] = {
        f"a{i}": {"name": f"Instansi {i}", "handsets": [f"{200 + i}"]} for i in range(12)
    }
    agencies["a1"] |= {"pstn": ["0549000111"], "hours": "kantor", "cover": "a0"}
    agencies["a2"]["posts"] = {
        "utara": {"name": "Pos Utara", "handsets": ["777"], "areas": ["utara"]}
    }
    emergencies: dict[str, Any] = {
        f"e{i}": {
            "name": f"Keadaan darurat {i}",
            "agency": f"a{i % 12}",
            "overflow": [f"a{(i + k) % 12}" for k in range(1, 1 + i % 10)],
        }
        for i in range(count)
    }
    emergencies["e0"]["during"] = {"kantor": {"agency": "a3", "via": "a4", "overflow": "a5"}}
    menus = {
        f"m{k}": {
            "name": f"Kelompok {k}",
            "digits": {str(i % 5 + 1): f"e{i}" for i in range(k * 5, k * 5 + 5)},
            "default": f"e{k * 5}",
        }
        for k in range(count // 5)
    }
    return Plan.model_validate(
        {
            "centre": {"name": "112", "timezone": "Asia/Makassar"},
            "areas": ["utara"],
            "schedules": {"kantor": "mon-fri 07:30-16:00"},
            "agencies": agencies,
            "emergencies": emergencies,
            "menu": {
                "digits": {str(k): f"m{k}" for k in range(count // 5)},
                "languages": {"9": "en"},
                "default": "e0",
            },
            "menus": menus,
            "callers": {"hidden": "e1", "repeat": {"within": "10m"}},
            "last_resort": {"agency": "a0", "overflow": [f"a{i}" for i in range(1, 7)]},
        }
    )


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_everything_of_a_plan_is_in_its_drawing(file: Path) -> None:
    """Each emergency, agency, handset, number, schedule and key of our plans can be read."""
    plan = load_plan(file).plan
    shown = " ".join(texts(graph(plan)))
    names = [e.name.id for e in plan.emergencies.values()]
    names += [a.name.id for a in plan.agencies.values()]
    names += [number for a in plan.agencies.values() for number in a.pstn]
    names += [menu.name.id for menu in plan.menus.values()]
    for word in (*names, *plan.extensions, *plan.schedules, *plan.announcements, *plan.trunks):
        assert word in shown
    assert {*plan.menu.digits, *plan.menu.languages} <= set(texts(graph(plan)))


@pytest.mark.parametrize(
    "plan",
    [*(load_plan(file).plan for file in PLANS), large()],
    ids=lambda plan: plan.centre.name.id,
)
def test_nothing_lies_on_anything_else(plan: Plan) -> None:
    """No two boxes overlap and none leaves the paper, with seven emergencies as with forty."""
    drawing = graph(plan)
    assert overlapping(drawing) == []
    assert all(left >= 0 and right <= WIDTH for left, _, right, _ in boxes(drawing))


def test_no_box_is_cut_by_the_end_of_a_page() -> None:
    """Printed on A4 a large plan has no box that lies on two pages."""
    found = boxes(graph(large()))
    assert max(bottom for *_, bottom in found) > 3 * PAGE
    assert [box for box in found if box[1] // PAGE != box[3] // PAGE] == []


def test_each_of_forty_emergencies_has_a_row() -> None:
    """All forty emergencies and each agency of their chains are drawn."""
    plan = large()
    shown = texts(graph(plan))
    for emergency in plan.emergencies.values():
        assert emergency.name.id in shown
    places = sum(1 + len(e.overflow) for e in plan.emergencies.values())
    assert sum(text.startswith("Instansi ") for text in shown) > places


def test_a_second_key_points_to_the_row() -> None:
    """An emergency that two keys lead to has its chain once; the other key points there."""
    plan = large(10)
    menu = plan.menu.model_copy(update={"digits": {**plan.menu.digits, "8": "e3"}})
    drawing = graph(plan.model_copy(update={"menu": menu}))
    assert texts(drawing).count(plan.emergencies["e3"].name.id) == 2
    assert sum("see above" in text for text in texts(drawing)) == 1


@given(st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=60))
def test_hostile_names_stay_text(name: str) -> None:
    """Whatever an agency or emergency is called, the drawing has the same elements, well formed."""
    plan = large(5)
    agencies = dict(plan.agencies)
    text = agencies["a0"].name.model_copy(update={"id": name, "en": name})
    agencies["a0"] = agencies["a0"].model_copy(update={"name": text})
    emergencies = dict(plan.emergencies)
    emergencies["e0"] = emergencies["e0"].model_copy(update={"name": text})
    named = plan.model_copy(update={"agencies": agencies, "emergencies": emergencies})
    tags = {node.tag.removeprefix(SVG) for node in ET.fromstring(graph(named)).iter()}  # noqa: S314
    assert tags <= {"svg", "title", "style", "rect", "circle", "path", "polyline", "text"}


def test_script_in_a_name_is_written_out() -> None:
    """A name with markup is shown as it is and is no element."""
    plan = large(5)
    name = plan.centre.name.model_copy(update={"id": '</text><script>alert("1")</script>'})
    drawing = graph(
        plan.model_copy(update={"centre": plan.centre.model_copy(update={"name": name})})
    )
    assert "<script" not in drawing
    assert any("<script>" in text for text in texts(drawing))


@given(st.text(max_size=60), st.floats(20, 400))
def test_a_cut_text_fits(text: str, width: float) -> None:
    """A text is left as it is when it fits, else it is cut to its width with an ellipsis."""
    shown = fitted(text, 12, width)
    assert text_width(shown, 12) <= width
    assert shown == text or shown.endswith("…")


def test_dark_and_printed() -> None:
    """The drawing has colours for dark screens and for paper, and refers to nothing outside."""
    drawing = graph(large(5))
    assert "prefers-color-scheme: dark" in drawing
    assert re.search(r"@page \{ size: A4", drawing)
    assert not re.search(r"url\(|href|@import", drawing)


def test_the_same_plan_gives_the_same_drawing() -> None:
    """The drawing depends on the plan alone."""
    assert graph(large()) == graph(large())
