"""The lint of the dialplan, tried on a real dialplan with one mistake put into it."""

from __future__ import annotations

import pytest

from ops.dialplan import DialplanSyntaxError, parse, with_includes
from ops.dialplan_lint import dialplan_of, lint, main
from siaga import settings
from tests.unit.ops.render_plans import rich

LOADED = rich()
V = LOADED.version
TEXT = dialplan_of(LOADED, settings.load({"SIAGA_HOME": "/var/lib/siaga112"}))


def test_every_plan_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """The dialplan of every plan in the repository has no finding."""
    assert main() == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (f"Goto({V}-menu,s,start)", f"Goto({V}-menu,s,begin)", f"no label begin in {V}-menu,s"),
        (f"Goto({V}-menu,s,start)", f"Goto({V}-men,s,start)", f"no context {V}-men"),
        (f"Goto({V}-arrival,s", "Goto(0123456789ab-arrival,s", "no context 0123456789ab-arrival"),
        ("Goto(nomatch,1)", "Goto(nomatc,1)", "no extension nomatc"),
        (f"Gosub({V}-calendar,s,start)", f"Gosub({V}-calender,s,start)", "no context"),
        (f"({V}-turn,to-bpbd,start(", f"({V}-turn,to-bpbb,start(", "no extension to-bpbb"),
        ("start(damkar,201)", "strat(damkar,201)", "no label strat in siaga-pause,s"),
        ("}?on-night,1)", "}?on-nigth,1)", "no extension on-nigth"),
        (f"Goto({V}-turn,to-${{", f"Goto({V}-turn,too-${{", "no extension too-*"),
        (f"?{V}-native-${{", f"?{V}-nativ-${{", f"no context {V}-nativ-*"),
        ("?:say-flood,1)", "?:say-floud,1)", "no extension say-floud"),
        ("?s,standby:s,native", "?s,standby", "falls through"),
        (" same => n(done),Return()", " same => n(done),NoOp()", "falls through"),
        ("NoOp()", "Hangup(42)", "ends a call"),
        ("Hangup(42)", "Hangup()", "from-trunk,112 ends a call"),
        ("SYSINFO(loadavg)", "SYSINFO(freeram)", "${SYSINFO(freeram)} is not one"),
        ("NoOp()", "System(reboot)", "application System is not one"),
        ("CALLERID(name)=${SIAGA_AGAIN}", "X=${CALLERID(name)}", "${CALLERID} is not one of ours"),
        ("${FILTER(0-9,${CALLERID(num)}", "${FILTER(!-~,${CALLERID(num)}", "${CALLERID} is not"),
        ("${FILTER(0-9,${CALLERID(num)}", "${CALLERID(num)}", "${CALLERID} is not one of ours"),
        ("SIAGA_CALL=${CHANNEL(linkedid)}", "X=${CHANNEL(dnid)}", "${CHANNEL(dnid)} is not one"),
        (f"?{V}-native-${{", f"?{V}-dispatch,to-rsud,start:${{", "for the router alone"),
        ("Goto(from-trunk,112,start)", "Goto(siaga-room,caller,start)", "for the router alone"),
        ("Goto(from-trunk,112,start)", "Goto(siaga-officer,leg,start)", "for the router alone"),
        ("=siaga-leg-left,s,1)", "=siaga-leg-lef,s,1)", "no context siaga-leg-lef"),
        ('IF($["${SIAGA_REASON}"', 'IF($["${SHELL(id)}"', "${SHELL} is not one of ours"),
        ("-route-${SIAGA_RESULT},s,1)", "-route-${ENV(PATH)},s,1)", "${ENV} is not one of ours"),
        ("CUT(DB(siaga/divert/", "CUT(SHELL(siaga/divert/", "${SHELL} is not one of ours"),
        ("Set(DB(siaga-recent/", "Set(DB(SIP/Registry/", "database family SIP is not one"),
    ],
)
def test_mistakes_are_found(old: str, new: str, finding: str) -> None:
    """Each kind of mistake in the dialplan is found by the lint."""
    assert old in TEXT
    found = list(lint(parse(TEXT.replace(old, new))))
    assert any(finding in line for line in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"[{V}-native]", f"[{V}-menu]"),
        ("exten => d1,1,", "exten => d2,1,"),
        (" same => n(answer),Answer(0,i)", " same > n(answer),Answer(0,i)"),
        ("; --- handsets", "#include elsewhere.conf\n; --- handsets"),
    ],
)
def test_broken_lines_are_refused(old: str, new: str) -> None:
    """A line that Asterisk would drop or take for another is an error."""
    assert old in TEXT
    with pytest.raises(DialplanSyntaxError):
        parse(TEXT.replace(old, new))


def test_what_is_included_stands_in_its_place() -> None:
    """An included file is read by the name that the line gives."""
    files = {"plans/a/extensions.conf": "[b]\nexten => s,1,NoOp()"}
    text = with_includes("[a]\n#include plans/a/extensions.conf\n", files.__getitem__)
    assert list(parse(text)) == ["a", "b"]
