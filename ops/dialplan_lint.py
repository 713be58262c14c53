"""``python -m ops.dialplan_lint``: what must hold of the dialplan of every plan in ``plans/``.

- every jump and every call of a subroutine leads to a context, extension and label that exist
- no call is ended, save one that is refused before it is answered; other channels may be: that of
  an operator who calls somebody back, and those that the dispatch rings
- nothing jumps into the contexts of the dispatch: they are reached over AMI alone
- every extension ends by jumping on or returning: nothing falls through into a hang-up
- only names of ours are expanded, and nothing of the caller's but the digits of the number
- no application or function that reaches a shell, a file or the environment
- Asterisk's database is read and written in our own families only
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from ops import render
from ops.dialplan import Dialplan, Extension, Line, parse, with_includes
from ops.runtime import Runtime
from siaga import names, settings
from siaga.plan import compile_menu, load_plan
from siaga.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siaga.plan import LoadedPlan
    from siaga.settings import Settings

T = TypeVar("T")

APPLICATIONS: Final = {
    "AGI",
    "Answer",
    "CELGenUserEvent",
    "ChanSpy",
    "ConfBridge",
    "ConfKick",
    "Dial",
    "Gosub",
    "Goto",
    "GotoIf",
    "Hangup",
    "MixMonitor",
    "NoOp",
    "PauseQueueMember",
    "Playback",
    "Queue",
    "Read",
    "Return",
    "Set",
    "StartMusicOnHold",
    "StopMusicOnHold",
    "TryExec",
    "UnpauseQueueMember",
    "Wait",
    "WaitExten",
}

EXPANDED: Final = {
    *names.Var,
    names.PRIORITY,
    "ARG1",
    "ARG2",
    "ARG3",
    names.INSIDE,
    "recording",
    "EPOCH",
    "QUEUESTATUS",
    "DIALSTATUS",
    "TRYSTATUS",
    "WAITSTATUS",
    "CHANNEL(endpoint)",
    "CHANNEL(userfield)",
    "CHANNEL(hangupsource)",
    "CHANNEL(linkedid)",
    "CHANNEL(name)",
    "CHANNEL(pjsip,remote_addr)",
    "CHANNEL(state)",
    "CONFBRIDGE_INFO",
    "CONFBRIDGE_RESULT",
    "CUT",
    "DB",
    "DIALPLAN_EXISTS",
    "FILTER",
    "GROUP_COUNT",
    "IF",
    "LEN",
    "LOCK",
    "MASTER_CHANNEL",
    "QUEUE_MEMBER",
    "STRFTIME",
    "SYSINFO(loadavg)",
    "UNLOCK",
}
PREFIXES: Final = (names.OPEN_PREFIX, names.SHUT_PREFIX)
FAMILIES: Final = {names.LIVE_FAMILY, names.RECENT_FAMILY, names.TEST_FAMILY}

DIGITS_OF_CALLER: Final = "${FILTER(0-9,${CALLERID(num)})"
"""The one form in which something of the caller's is expanded."""

SOURCE: Final = f"${{FILTER(0-9a-f.:[],${{PJSIP_HEADER(read,{names.SOURCE_HEADER})}})}}"
"""The one header that is read: the edge writes it, and it is reduced to what an address has."""

LOCATED: Final = (
    f"${{FILTER(a-z,${{PJSIP_HEADER(read,{names.LOCATION_HEADER})}})}}",
    "${FILTER(-0-9a-z.= ,${GEOLOC_PROFILE(location_info)}):0:160}",
)
"""Whether the carrier says where the caller is, and what of it: reduced to what a shape has."""

ASKED: Final = (f"${{IMPORT(${{BRIDGEPEER}},{names.Var.ROOM})}}",)
"""What is asked of another channel; it is not of the caller's making."""

SAID: Final = (
    "${FILTER(0-9,${HANGUPCAUSE(${CHANNEL(name)},tech)})}",
    "${FILTER(0-9,${HANGUPCAUSE(${HANGUPCAUSE_KEYS()},tech)}):0:3}",
)
"""What a telephone answered, reduced to the digits of its status."""

_EXPANSION = re.compile(r"\$\{((?:CHANNEL|SYSINFO)\([\w,]+\)|\w*)")
_NAMED = re.compile(r"CUT\((\w*)")
"""``CUT`` expands the variable or function that it is given the name of."""
_FAMILY = re.compile(r"\bDB\(([^/)]*)")

_SPIES: Final = re.compile(rf"\$\{{{names.Var.EAR}\}},qWES|PJSIP/\d+-,qbESw?")
"""Speaking into an officer's ear alone, and listening to a handset, heard by nobody else but it."""

_TRIED: Final = ("StoreDTMF(RX,", "BackgroundDetect(", "WaitForNoise(")

LAST: Final = {"Goto", "Dial", "Hangup", "Return"}
REFUSES: Final = (names.Context.TRUNK, names.EMERGENCY_NUMBER, "Hangup(42)")
"""The one place where a call may be ended: before it is answered, so that it goes elsewhere."""
ENDS: Final = (
    names.Context.CALLBACK,
    names.Context.DESK,
    names.Context.LISTEN,
    names.Context.UNANSWERED,
)
"""Begin the contexts that operators alone are in: no caller's call is ended there."""


_IF_ROOM: Final = f"GotoIf($[${{LEN(${{{names.Var.ROOM}}})}} > 0]?{names.Context.ROOM_SENT},"
"""The one way there from what is dialled: what the router led into a room has this variable."""

_PUSHES: Final = "CHANNEL(hangup_handler_push)="


def _is_dispatch(context: str) -> bool:
    """Whether it is for channels that the router sends there, and for nobody who dials."""
    led = (
        names.Context.ROOM,
        names.Context.OFFICER,
        names.Context.DISPATCH,
        names.Context.ROOM_SENT,
        names.Context.WHISPER,
        names.Context.COMFORT,
        names.Context.SILENT,
    )
    return context in led or context.endswith((f"-{names.Part.DISPATCH}", f"-{names.Part.SILENT}"))


def _may_end(context: str, name: str, line: Line) -> bool:
    """Whether it ends no caller's call."""
    callers = context in {names.Context.ROOM, names.Context.SILENT}
    callers = callers or context.endswith(f"-{names.Part.SILENT}")
    officers = _is_dispatch(context) and not callers
    operators = officers or context.startswith(ENDS)
    return operators or (context, name, line.application) == REFUSES


def _is_in_room(context: str, name: str) -> bool:
    """Whether a room's menu runs it: the talk goes on after it."""
    return context == names.Context.COMMAND and name.startswith(names.IN_ROOM)


def lint(dialplan: Dialplan) -> Iterator[str]:
    """Every finding, as a sentence that begins with the line of the text that was parsed."""
    for context, extensions in dialplan.items():
        for name, extension in extensions.items():
            for line in extension.lines:
                yield from _line(line)
                yield from _jumps(dialplan, context, name, line)
                if line.name == "Hangup" and not _may_end(context, name, line):
                    yield f"{line.number}: {context},{name} ends a call"
            last = extension.lines[-1]
            if not _ends(last) and not _is_in_room(context, name):
                yield f"{last.number}: {context},{name} falls through after {last.application}"


def _ends(line: Line) -> bool:
    if line.name == "GotoIf":
        branches = _masked(line.arguments).partition("?")[2].split(":")
        return len(branches) == 2 and all(branches)
    return line.name in LAST


def _line(line: Line) -> Iterator[str]:
    yield from _application(line)
    yield from _expansions(line)


def _application(line: Line) -> Iterator[str]:
    if line.name not in APPLICATIONS:
        yield f"{line.number}: application {line.name} is not one this dialplan may use"
    if line.name == "ChanSpy" and not _SPIES.fullmatch(line.arguments):
        yield f"{line.number}: ChanSpy is for an officer's ear, or to listen to one handset"
    if line.name == "TryExec" and not line.arguments.startswith(_TRIED):
        yield f"{line.number}: TryExec is for what a call can do without"


def _expansions(line: Line) -> Iterator[str]:
    text = line.application.replace(DIGITS_OF_CALLER, "${FILTER(0-9,)")
    text = text.replace(SOURCE, "${FILTER(0-9a-f.:[],)}")
    for known in SAID:
        text = text.replace(known, "${FILTER(0-9,)}")
    for known in ASKED:
        text = text.replace(known, f"${{{names.Var.ROOM}}}")
    for known in LOCATED:
        text = text.replace(known, "${FILTER(a-z,)}")
    for pattern in (_EXPANSION, _NAMED):
        for found in pattern.finditer(text):
            if found[1] not in EXPANDED and not found[1].startswith(PREFIXES):
                yield f"{line.number}: ${{{found[1]}}} is not one of ours"
    for found in _FAMILY.finditer(text):
        if found[1] not in FAMILIES:
            yield f"{line.number}: database family {found[1]} is not one of ours"


_VALUE: Final = "\0"
"""Stands for whatever an expansion gives."""


def _masked(text: str) -> str:
    """``text`` with each outermost ``${…}`` and ``$[…]`` replaced by one mark."""
    kept, depth, index = [], 0, 0
    while index < len(text):
        if text.startswith(("${", "$["), index):
            depth += 1
            if depth == 1:
                kept.append(_VALUE)
            index += 2
            continue
        if depth and text[index] in "}]":
            depth -= 1
        elif not depth:
            kept.append(text[index])
        index += 1
    return "".join(kept)


def _targets(line: Line) -> list[str]:
    arguments = _masked(line.arguments)
    if line.name == "Goto":
        return [arguments]
    if line.name == "Set" and line.arguments.startswith(_PUSHES):
        return [arguments.removeprefix(_PUSHES).partition("(")[0]]
    if line.name == "Gosub":
        return [arguments.partition("(")[0]]
    if line.name == "GotoIf":
        return [target for target in arguments.partition("?")[2].split(":") if target]
    return []


def _jumps(dialplan: Dialplan, context: str, exten: str, line: Line) -> Iterator[str]:
    for target in _targets(line):
        parts = target.split(",")
        where = parts[0] if len(parts) == 3 else context
        name = parts[-2] if len(parts) > 1 else exten
        shown = where.replace(_VALUE, "*")
        led = context == names.Context.SENT_ON and line.application.startswith(_IF_ROOM)
        if _is_dispatch(where) and not (_is_dispatch(context) or led):
            yield f"{line.number}: {context} leads into {shown}, which is for the router alone"
        known = _fitting(dialplan, where)
        if not known:
            yield f"{line.number}: no context {shown}"
        for extensions in known:
            found: list[Extension] = _fitting(extensions, name)
            if not found:
                yield f"{line.number}: no extension {name.replace(_VALUE, '*')} in {shown}"
            for extension in found:
                label = parts[-1]
                if label != "1" and label not in extension.labels:
                    yield f"{line.number}: no label {label} in {shown},{name}"


def _fitting(named: dict[str, T], name: str) -> list[T]:
    """What ``name`` can mean: for one with an expansion all that begin as it does."""
    if _VALUE in name:
        prefix = name.partition(_VALUE)[0]
        return [found for known, found in named.items() if known.startswith(prefix)]
    return [named[name]] if name in named else []


ALONE: Final = {"SIAGA_HOME": "/var/lib/siaga112"}
AT_EDGE: Final = {
    **ALONE,
    "SIAGA_EDGE": "203.0.113.5",
    "SIAGA_EDGE_APART": "1",
    "SIAGA_EDGE_HANDSETS": "1",
    "SIAGA_SECRET_FILE": "/run/secrets/centre",
}
"""A node of several: handsets log in at the edge."""


def rendered(plan: Path, env: Mapping[str, str] = ALONE) -> str:
    """The whole dialplan of a plan, with stand-ins for what differs by machine."""
    return dialplan_of(load_plan(plan), settings.load(dict(env)))


def dialplan_of(loaded: LoadedPlan, chosen: Settings) -> str:
    """The whole dialplan of a loaded plan, the version's own part in its place."""
    spec = compile_menu(loaded.plan, loaded.version, {})
    base = render.render(chosen, loaded, spec, stand_ins(loaded), NOWHERE)["extensions.conf"]
    own = render.render_version(chosen, loaded, spec)["extensions.conf"]
    return with_includes(base, {f"{names.PLANS}/{loaded.version}/extensions.conf": own}.__getitem__)


_PATH: Final = Path("/usr")
NOWHERE: Final = Runtime(
    asterisk=_PATH,
    sipp=_PATH,
    espeak=_PATH,
    sox=_PATH,
    asterisk_version=(22,),
    sbin_dir=_PATH,
    module_dir=_PATH,
    data_dir=_PATH,
    sipp_data=_PATH,
)


def stand_ins(loaded: LoadedPlan) -> Secrets:
    """Passwords that are none."""
    return Secrets(
        ami=dict.fromkeys(names.AmiUser, "-"),
        handsets=dict.fromkeys(loaded.plan.telephones, "-"),
        canary="-",
    )


def main() -> int:
    """Lint every plan; 1 when something was found."""
    found = [
        f"{plan.name}: {finding}"
        for plan in sorted((settings.PROJECT / "plans").glob("*.yaml"))
        for env in (ALONE, AT_EDGE)
        for finding in lint(parse(rendered(plan, env)))
    ]
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
