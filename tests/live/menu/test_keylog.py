from __future__ import annotations

import pytest

from tests.live.menu.keylog import keys_ended, keys_taken

AT_ONCE = """\
DTMF begin '6' received on PJSIP/trunk-00000002
DTMF begin ignored '6' on PJSIP/trunk-00000002
DTMF end '6' received on PJSIP/trunk-00000002, duration 100 ms
DTMF end passthrough '6' on PJSIP/trunk-00000002
"""
PUT_OFF = """\
DTMF begin '#' received on PJSIP/trunk-00000002
DTMF begin passthrough '#' on PJSIP/trunk-00000002
DTMF end '#' received on PJSIP/trunk-00000002, duration 100 ms
DTMF end accepted with begin '#' on PJSIP/trunk-00000002
DTMF end '#' detected to have actual duration 100 on the wire, emulation will be triggered on \
PJSIP/trunk-00000002
DTMF end '#' has duration 100 but want minimum 300, emulating on PJSIP/trunk-00000002
DTMF begin '6' received on PJSIP/trunk-00000002
DTMF begin ignored '6' on PJSIP/trunk-00000002
DTMF end emulation of '#' queued on PJSIP/trunk-00000002
DTMF end '6' received on PJSIP/trunk-00000002, duration 100 ms
DTMF end '6' received on PJSIP/trunk-00000002, duration 100 ms
DTMF begin emulation of '6' with duration 300 queued on PJSIP/trunk-00000002
DTMF end emulation of '6' queued on PJSIP/trunk-00000002
"""


@pytest.mark.parametrize(
    ("log", "keys"),
    [(AT_ONCE, "6"), (AT_ONCE * 2, "66"), (PUT_OFF, "#6"), (PUT_OFF + AT_ONCE, "#66")],
)
def test_a_key_counts_once_however_often_asterisk_logs_it(log: str, keys: str) -> None:
    """What was put off comes twice in the log and once in the count; what came twice counts two."""
    other = log.replace("00000002", "00000003")
    lines = [
        line for both in zip(log.splitlines(), other.splitlines(), strict=True) for line in both
    ]
    assert keys_taken(lines) == {"PJSIP/trunk-00000002": keys, "PJSIP/trunk-00000003": keys}
    assert keys_ended(lines) == keys_taken(lines)
