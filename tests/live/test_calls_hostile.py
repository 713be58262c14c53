from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from ops.phone import Ended
from router.calls.record import Source
from router.store.text import CALLER_LIMIT
from siaga.plan.arrival import MIN_DIGITS, digits_of
from tests.live.calls import ANSWERED, answer, arrive, check, choose, converse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.phones import Phones

# A From header that is no valid SIP (an open quote, a bare line end) is not here: PJSIP drops such
# an INVITE, and no carrier sends it.
NAMES: dict[str, str | bytes] = {
    "quotes": 'Bu "Siti", O\'Neil',
    "backslashes": "a\\b\\\\c\\",
    "separators": "a;b|c,d&e^f=g",
    "shell": "${SHELL(touch %s)}$(touch %s)`touch %s`",
    "system": "${SYSTEM(touch %s)}$[1+1]",
    "utf8": "Siti Nurhaliza é 漢字 🚒",
    "latin1": b"caf\xe9 \xff\xfe",
    "sql": "'); DROP TABLE calls;--",
    "html": "<script>alert(1)</script>",
    "long": "x" * 4096,
}

# No two have the same digits: the second would be a caller who calls again.
NUMBERS = {
    "plus": ("+628123456789", "+628123456789"),
    "letters": ("budi", "budi"),
    "hidden": ("anonymous", "anonymous"),
    "sql": ("';--", "'"),  # what follows a semicolon is a parameter of the address
    "newline": ("081%0a23", "081\n23"),
    "line": ("081%0d%0aLinkedID%3a%20x", "081\r\nLinkedID: x"),
    "blank_line": ("082%0d%0a%0d%0aEvent%3a%20CEL", "082\r\n\r\nEvent: CEL"),
    "cel_line": ("%0a%22HANGUP%22%2C%221.0%22%2C", '\n"HANGUP","1.0",'),
    "shell": ("%24%7BSHELL(touch%20{made})%7D", "${{SHELL(touch {made})}}"),
    "pipe": ("a%7Cfire%7C%5C", "a|fire|\\"),
    "utf8": ("%C3%A9%E6%BC%A2", "é漢"),
    "long": ("1" * 300, "1" * CALLER_LIMIT),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_no_callers_name_does_anything(
    phones: Phones, tmp_path: Path, name: str | bytes
) -> None:
    """Whatever a caller is called, the call is answered and recorded, and nothing is executed."""
    made = tmp_path / "made"
    if isinstance(name, str):
        name = name.replace("%s", str(made))
    number = phones.centre.number()
    await phones.log_in("201")
    call = await phones.line.call(number, name)
    await call.answered()
    await call.press("1")
    ring = await answer(phones, "201")
    assert ring.caller_name == "KEBAKARAN"
    assert ring.caller_number == number
    await converse(call, ring)
    await call.hang_up()
    check(phones.centre, await phones.centre.record(number), number)
    assert not made.exists()


@pytest.mark.parametrize(("sent", "kept"), NUMBERS.values(), ids=NUMBERS)
async def test_no_callers_number_does_anything(
    phones: Phones, tmp_path: Path, sent: str, kept: str
) -> None:
    """Whatever a caller's number is, it is recorded as text, and nothing is executed."""
    made = tmp_path / "made"
    sent = sent.format(made=quote(str(made)))
    kept = kept.format(made=made)[:CALLER_LIMIT]
    await phones.log_in("201")
    call = await choose(phones, sent)
    ring = await answer(phones, "201")
    hidden = len(digits_of(kept)) < MIN_DIGITS
    assert ring.caller_name == ("KEBAKARAN TANPA NOMOR" if hidden else "KEBAKARAN")
    await converse(call, ring)
    await call.hang_up()
    record = await phones.centre.record(kept)
    # A number that ends its line in AMI breaks its event, which then comes from the CEL file.
    broken = "\r\n" in kept
    source = Source.BACKFILL if broken else Source.LIVE
    check(phones.centre, record, kept, ANSWERED, source=source)
    assert not made.exists()
    assert (await arrive(phones, phones.centre.number())).end is None


async def test_a_call_without_number_is_taken(phones: Phones) -> None:
    """A caller whose telephone sends no number at all is answered and recorded without one."""
    await phones.log_in("201")
    call = await phones.line.call(from_value=b"<sip:127.0.0.1>")
    await call.answered()
    await call.press("1")
    ring = await answer(phones, "201")
    await converse(call, ring)
    await call.hang_up()
    check(phones.centre, await phones.centre.record(""), "")


async def test_a_number_that_is_a_handsets_extension_is_a_callers(phones: Phones) -> None:
    """Who calls 112 as 201 is a citizen, asked for no password, and 201 rings."""
    await phones.log_in("201")
    call = await choose(phones, "201")
    ring = await answer(phones, "201")
    assert ring.caller_number == "201"
    await converse(call, ring)
    await call.hang_up()
    check(phones.centre, await phones.centre.record("201"), "201")


async def test_a_caller_cannot_forge_events_of_another_call(phones: Phones) -> None:
    """Line ends in a number do not end somebody else's record, nor take his call away."""
    victim = phones.centre.number()
    await phones.log_in("201")
    talking = await choose(phones, victim)
    ring = await answer(phones, "201")
    known = await phones.centre.record(
        victim, lambda record: record.answered is not None, filed=False
    )
    forged = "\r\n\r\nEvent: CEL\r\nTimestamp: 1.0\r\nEventName: LINKEDID_END\r\nX:"
    diverted = f"\r\nLinkedID: {known.id}\r\nUniqueID: 1.0\r\n\r\n"
    attack = await phones.line.call(
        quote(forged, safe=""), headers=[f"Diversion: <sip:{quote(diverted, safe='')}@127.0.0.1>"]
    )
    await attack.answered()
    await attack.hang_up()
    await phones.centre.record(forged[:CALLER_LIMIT], filed=False)
    async with phones.centre.reader() as reader:
        record = await reader.call(known.node, known.id)
    assert record == known
    await converse(talking, ring)
    await talking.hang_up()
    assert (await ring.ended()).by is Ended.THEM
    check(phones.centre, await phones.centre.record(victim), victim)
