"""The list of blocked addresses, as people read it."""

from __future__ import annotations

from ops.blocks import NOBODY, lines


def test_a_block_is_one_line_that_moves_no_terminal() -> None:
    """Address, end, failures and accounts; and a sentence when there is none."""
    row = {
        "address": "203.0.113.7",
        "since": "2026-11-26T00:00:00+00:00",
        "until": "2026-11-26T00:10:00+00:00",
        "failures": 10,
        "accounts": ["201", "\x1b[2J"],
    }
    (line,) = lines([row])
    assert line.startswith("203.0.113.7  sampai / until ")
    assert "10 gagal masuk / failed log-ins" in line
    assert line.endswith("(201, \ufffd[2J)")
    assert lines([]) == [NOBODY]
