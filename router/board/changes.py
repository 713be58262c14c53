"""Two boards told apart, and a board as JSON values. Pure."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from router.board.model import Board

if TYPE_CHECKING:
    from router.board.model import Call


def plain(value: object) -> Any:
    """The value as JSON has it; times in ISO 8601, in UTC."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def whole(board: Board) -> dict[str, Any]:
    """All of it; calls by their id."""
    made: dict[str, Any] = plain(board)
    made["calls"] = {call.id: plain(call) for call in board.calls}
    return made


def change(old: Board, new: Board) -> dict[str, Any]:
    """What of ``new`` is another than in ``old``: whole sections, of the calls each that changed.

    A call that is over is null. Nothing is another: it is empty.
    """
    made: dict[str, Any] = {}
    for each in fields(Board):
        before, now = getattr(old, each.name), getattr(new, each.name)
        if before is now or before == now:
            continue
        made[each.name] = _calls(before, now) if each.name == "calls" else plain(now)
    return made


def _calls(old: tuple[Call, ...], new: tuple[Call, ...]) -> dict[str, Any]:
    before = {call.id: call for call in old}
    made: dict[str, Any] = {}
    for call in new:
        known = before.pop(call.id, None)
        if known is not call and known != call:
            made[call.id] = plain(call)
    return {**made, **dict.fromkeys(before)}


def merged(state: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    """The state of :func:`whole` after a :func:`change`; neither is altered."""
    calls = {**state["calls"], **news.get("calls", {})}
    kept = {key: call for key, call in calls.items() if call is not None}
    ordered = dict(sorted(kept.items(), key=lambda item: (item[1]["began"], item[0])))
    return {**state, **news, "calls": ordered}
