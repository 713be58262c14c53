"""What the dialplan lets an operator's one key reach: the router's numbers, by the plan's rule."""

from __future__ import annotations

from ops.dialplan import parse
from ops.dialplan_lint import rendered
from siaga.keys import CALLBACK_KEYS, DESK_KEYS, LISTEN_KEYS
from siaga.names import INSIDE, UNANSWERED, Context, Var
from siaga.plan import load_plan
from siaga.settings import PROJECT

PLAN = PROJECT / "plans" / "contoh-lengkap.yaml"
CONTEXTS = parse(rendered(PLAN))
TRUNKS = {name: t for name, t in load_plan(PLAN).plan.trunks.items() if t.host is not None}


def test_each_trunk_takes_the_beginnings_it_may_send_and_no_others() -> None:
    """One context a trunk that has a host, with one pattern a beginning."""
    assert TRUNKS
    own = f"{Context.CALLBACK}-"
    found = {name.removeprefix(own): set(has) for name, has in CONTEXTS.items() if own in name}
    assert found == {
        name: {"dial", *(f"_{prefix}!" for prefix in trunk.may_send)}
        for name, trunk in TRUNKS.items()
    }


def test_what_is_dialled_was_filtered_and_matched() -> None:
    """The one variable dialled is set once, from digits alone, and leads there by a pattern."""
    start = CONTEXTS[Context.CALLBACK]["s"]
    (made,) = (line.application for line in start.lines if "SIAGA_NUMBER=" in line.application)
    assert made == "Set(SIAGA_NUMBER=${FILTER(+0-9,${CUT(SIAGA_CALLBACK,|,2)})})"
    for name in TRUNKS:
        dial = CONTEXTS[f"{Context.CALLBACK}-{name}"]["dial"]
        rung = [line.application for line in dial.lines if line.name == "Dial"]
        assert rung == [f"Dial(PJSIP/${{SIAGA_NUMBER}}@trunk-{name},45)"]


def test_a_handset_reaches_handsets_112_and_the_keys() -> None:
    """Every extension that a handset may dial, and what each leads to.

    First of all each leads back whoever was sent there: a caller, or what is in a room.
    """
    sent = f"GotoIf($[${{LEN(${{{Var.CALL}}})}}${{LEN(${{{Var.ROOM}}})}} > 0]?{Context.SENT_ON}"
    room = f"${{{INSIDE}${{CHANNEL(endpoint)}}}}"
    reached = {}
    for extension, lines in CONTEXTS[Context.HANDSET].items():
        first, *reached[extension] = [line.application for line in lines.lines]
        is_handset = extension.isdigit() and not extension.endswith("112")
        assert first == f"{sent},{extension if is_handset else 's'},start)"
    assert reached.pop(CALLBACK_KEYS) == [f"Goto({Context.CALLBACK},s,start)"]
    for name, keys in DESK_KEYS.items():
        assert reached.pop(keys) == [f"Goto({Context.DESK},{name},start)"]
    for phone in [found for found in reached if found.startswith(LISTEN_KEYS)]:
        handset = phone.removeprefix(LISTEN_KEYS)
        assert handset in reached
        assert reached.pop(phone) == [f"Goto({Context.LISTEN},{handset},start)"]
    for extension, applications in reached.items():
        if extension.endswith("112"):
            assert applications == [f"Goto({Context.TRUNK},112,start)"]
        else:
            assert applications == [
                f"Set(CHANNEL(userfield)={room})",
                f"Dial(PJSIP/{extension},60,b({Context.ASKED}^s^start({room})))",
                f"{sent},{extension},{UNANSWERED})",
                f"Goto({Context.UNANSWERED},s,start)",
            ]
