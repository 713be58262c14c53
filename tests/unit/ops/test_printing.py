"""What strangers wrote moves no cursor and hides nothing."""

from __future__ import annotations

from ops.printing import printable


def test_printable_leaves_other_text_alone() -> None:
    """Letters of any script and signs stay; what moves, hides or turns text does not."""
    assert printable("+62 Ünï 消防 [b]") == "+62 Ünï 消防 [b]"
    assert printable("a\x00\x1b\x85\u200b\u202e\u2028b") == "a" + "\ufffd" * 6 + "b"
