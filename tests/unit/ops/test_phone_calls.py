"""Calls between a line and handsets, signalling and audio, by real SIPp on both sides."""

from __future__ import annotations

import asyncio
import random

import pytest

from ops.phone import Dtmf, Ended, Law, PhoneError, PhoneTimeoutError
from tests.unit.ops.test_phone_exchange import PATIENT, telephones

TONE, OTHER = 440, 1000


async def test_a_call_is_placed_answered_talked_and_hung_up_by_the_caller() -> None:
    """Each side hears the other's tone and only that, and knows who hung up."""
    async with telephones() as (line, bank, _):
        call = await line.call(number="0811", display="Budi", uri_user="201")
        ring = await bank.ring("201", PATIENT)
        assert (ring.caller_number, ring.caller_name, ring.extension) == ("0811", "Budi", "201")
        await ring.alert()
        rang = await call.ringing(PATIENT)
        await ring.answer()
        up = await call.answered(PATIENT)
        assert call.sent_at < ring.at < rang < up

        call.play_tone(TONE)
        ring.play_tone(OTHER)
        await asyncio.gather(ring.hears(TONE, PATIENT), call.hears(OTHER, PATIENT))
        sound = ring.heard.since(last_ms=100)
        assert sound.share(TONE) > 0.9
        assert sound.share(OTHER) < 0.1

        assert (await call.hang_up()).by is Ended.US
        assert (await ring.ended(PATIENT)).by is Ended.THEM


async def test_a_call_is_hung_up_by_the_handset() -> None:
    """The caller is told that the far end hung up; hanging up again changes nothing."""
    async with telephones() as (line, bank, _):
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        await ring.answer()
        await call.answered(PATIENT)
        assert (await ring.hang_up()).by is Ended.US
        end = await call.ended(PATIENT)
        assert end.by is Ended.THEM
        assert await call.hang_up() is end


async def test_silence_is_sent_and_is_no_sound() -> None:
    """An idle call sends silence, which the far end receives and does not take for a sound."""
    async with telephones() as (line, bank, _):
        call = await line.call(uri_user="201", laws=(Law.PCMU, Law.PCMA))
        ring = await bank.ring("201", PATIENT)
        await ring.answer()
        await call.answered(PATIENT)
        ring.play_tone(TONE)
        await call.hears_sound(PATIENT)
        assert ring.heard.packets > 0
        assert ring.heard.since().rms < 0.001
        ring.stop_tone()
        with pytest.raises(PhoneTimeoutError):
            await ring.hears_sound(0.5)


@pytest.mark.parametrize("status", [404, 480, 486, 503, 603])
async def test_a_call_is_refused(status: int) -> None:
    """The caller is told with what status a handset refused."""
    async with telephones() as (line, bank, _):
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        mine = await ring.refuse(status)
        assert (mine.by, mine.status) == (Ended.REFUSED, status)
        theirs = await call.ended(PATIENT)
        assert (theirs.by, theirs.status) == (Ended.REFUSED, status)
        with pytest.raises(PhoneError, match=str(status)):
            await call.answered(PATIENT)


async def test_a_call_is_cancelled() -> None:
    """A call given up while it rings is over on both sides, and cannot be answered."""
    async with telephones() as (line, bank, _):
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        await ring.alert()
        await call.ringing(PATIENT)
        end = await call.cancel()
        assert (end.by, end.status) == (Ended.CANCELLED, 487)
        assert (await ring.cancelled(PATIENT)).status == 487
        with pytest.raises(PhoneError):
            await ring.answer()


async def test_a_call_is_given_up_before_the_far_end_has_said_anything() -> None:
    """It is cancelled with the far end's first word, not when the INVITE is repeated no more."""
    async with telephones() as (line, bank, between):
        between.holds = True
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        leaving = asyncio.create_task(call.cancel())
        async with asyncio.timeout(PATIENT):
            while len(between.requests(b"INVITE")) < 2:  # noqa: ASYNC110  (SIPp's own time)
                await asyncio.sleep(0.01)
        assert not between.requests(b"CANCEL")
        between.release()
        assert (await leaving).by is Ended.CANCELLED
        assert (await ring.cancelled(PATIENT)).status == 487
        assert len(between.requests(b"INVITE")) < 4


async def test_keys_are_told_by_events_once_each() -> None:
    """Keys pressed as telephone events arrive in order, each once, also when it is the same key."""
    async with telephones() as (line, bank, _):
        call = await line.call(uri_user="201", telephone_event=96)
        ring = await bank.ring("201", PATIENT)
        await ring.answer()
        await call.answered(PATIENT)
        pressed = await call.press_many("112#", gap_ms=60)
        assert [one.key for one in pressed] == list("112#")
        assert all(one.ended - one.began >= 0.09 for one in pressed)
        await call.changes.until(lambda: len(ring.heard.keys) == 4 or None, PATIENT, "keys")
        assert ring.heard.keys == list("112#")
        assert (await ring.press("5")).key == "5"
        await ring.changes.until(lambda: call.heard.keys == ["5"] or None, PATIENT, "key")


async def test_keys_are_sent_as_tones() -> None:
    """A key pressed inband is its two frequencies, and no telephone event."""
    async with telephones() as (line, bank, _):
        call = await line.call(uri_user="201", telephone_event=None)
        ring = await bank.ring("201", PATIENT)
        await ring.answer()
        await call.answered(PATIENT)
        mark = ring.heard.mark()
        await call.press("1", Dtmf.INBAND, ms=400)
        await call.changes.until(
            lambda: ring.heard.since(mark).ms >= 400 or None, PATIENT, "the tones"
        )
        sound = ring.heard.since(mark)
        assert sound.amplitude(697) > 0.1
        assert sound.amplitude(1209) > 0.1
        assert sound.amplitude(770) < 0.02
        assert ring.heard.keys == []
        with pytest.raises(PhoneError):
            await call.press("1")


async def test_keys_are_sent_by_info() -> None:
    """A key pressed by INFO is told in the body of one, each with a CSeq of its own."""
    async with telephones() as (line, bank, between):
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        await ring.answer()
        await call.answered(PATIENT)
        await call.press_many("1*", Dtmf.INFO, ms=120, gap_ms=0)
        sent = {one.first("CSeq"): one for one in between.requests(b"INFO")}
        assert sorted(sent) == [b"2 INFO", b"3 INFO"]
        assert sent[b"2 INFO"].body == b"Signal=1\r\nDuration=120\r\n"
        assert sent[b"3 INFO"].body == b"Signal=*\r\nDuration=120\r\n"


async def test_a_line_without_media_sends_keys_and_nothing_else() -> None:
    """With media=False keys arrive as ever, between them no packet is sent, nothing is heard."""
    async with telephones(line_media=False) as (line, bank, _):
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        await ring.answer()
        await call.answered(PATIENT)
        await call.press_many("19", gap_ms=300)
        await ring.changes.until(lambda: len(ring.heard.keys) == 2 or None, PATIENT, "keys")
        assert ring.heard.keys == ["1", "9"]
        assert ring.heard.since().ms == 0
        assert ring.heard.packets <= 2 * 8
        with pytest.raises(PhoneError, match="media=False"):
            await call.hears_sound(PATIENT)


@pytest.mark.parametrize(
    "name",
    [
        '"; ${EVAL(x)} \\ "quoted" <sip:201@x>',
        "Siti \N{SNOWMAN} ${SHELL(id)} $[1+1] '; DROP TABLE calls --",
        "<script>alert(1)</script>",
        "[call_id] [$uri] [last_Via:] --end--",
        "Do: bye",
        "x" * 4096,
        "",
    ],
)
async def test_hostile_names_arrive_as_sent(name: str) -> None:
    """Whatever a caller's name is, the handset is shown just that."""
    async with telephones() as (line, bank, _):
        call = await line.call(display=name, uri_user="201")
        ring = await bank.ring("201", PATIENT)
        assert ring.caller_name == name
        assert ring.caller_number == "081234567890"
        await ring.answer()
        await call.answered(PATIENT)
        await call.hang_up()


async def test_bytes_stand_in_the_message_as_given() -> None:
    """A name in Latin-1, a whole From value and further headers are sent byte by byte."""
    latin = "Jos\xe9 \xfc".encode("latin-1") + bytes(range(0x80, 0x100))
    async with telephones() as (line, bank, between):
        await line.call(display=latin, uri_user="201", headers=[b"X-Uji: \xff\xfe", "X-Dua: 2"])
        ring = await bank.ring("201", PATIENT)
        assert ring.invite.first("From").startswith(b'"' + latin + b'" <sip:')
        assert ring.invite.first("X-Uji") == b"\xff\xfe"
        assert ring.headers["x-dua"] == ["2"]
        await line.call(from_value=b"sip:\xe9@x", uri_user="202")
        ring = await bank.ring("202", PATIENT)
        assert ring.invite.first("From").startswith(b"sip:\xe9@x;tag=")
        assert len(between.requests(b"INVITE")) >= 2


@pytest.mark.parametrize("raw", [b"a\x1bb", b"a\0b", b"--local--"])
async def test_bytes_that_sipp_cannot_send_are_refused(raw: bytes) -> None:
    """What would be cut off or taken apart silently is refused, and the line goes on."""
    async with telephones() as (line, bank, _):
        with pytest.raises(PhoneError, match="cannot be sent"):
            await line.call(display=raw, uri_user="201")
        await line.call(uri_user="201")
        assert (await bank.ring("201", PATIENT)).caller_name == ""


async def test_many_calls_at_once_are_kept_apart() -> None:
    """Of forty calls at once, each is heard by the handset it called and by no other."""
    async with telephones(line_media=False) as (line, bank, _):

        async def one(number: int) -> tuple[str, str]:
            extension = str(200 + number)
            call = await line.call(number=f"08{number}", uri_user=extension)
            ring = await bank.ring(extension, PATIENT)
            await ring.answer()
            await call.answered(PATIENT)
            key = "0123456789"[number % 10]
            await call.press(key)
            await ring.changes.until(lambda: ring.heard.keys or None, PATIENT, "key")
            await (call if number % 2 else ring).hang_up()
            await asyncio.gather(call.ended(PATIENT), ring.ended(PATIENT))
            return ring.caller_number, "".join(ring.heard.keys)

        found = await asyncio.gather(*(one(number) for number in range(40)))
        assert found == [(f"08{number}", str(number % 10)) for number in range(40)]


async def test_messages_that_cross_end_calls_all_the_same() -> None:
    """Both sides hang up at once, cancel meets answer: every call is over on both sides."""
    chance = random.Random(112)  # noqa: S311  (variety, not secrecy)
    async with telephones(line_media=False, bank_media=False) as (line, bank, _):

        async def one(number: int) -> None:
            extension = str(200 + number)
            call = await line.call(uri_user=extension)
            ring = await bank.ring(extension, PATIENT)
            if number % 2:
                await ring.answer()
                await call.answered(PATIENT)
                sides = [call.hang_up, ring.hang_up]
            else:
                sides = [call.cancel, ring.answer]
            chance.shuffle(sides)
            await asyncio.gather(*(side() for side in sides), return_exceptions=True)
            if ring.up_at is not None and ring.end is None:
                await ring.ended(PATIENT)
            assert (await call.ended(PATIENT)).by
            assert (await ring.ended(PATIENT)).by

        for batch in range(2):
            await asyncio.gather(*(one(20 * batch + number) for number in range(20)))


async def test_who_was_not_told_of_the_end_may_hang_up_once_more() -> None:
    """SIPp forgets a call whose command meets a BYE; its own BYE is answered all the same."""
    async with telephones(line_media=False, bank_media=False) as (line, bank, _):
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        await ring.answer()
        await call.answered(PATIENT)
        await call.hang_up()
        await ring.ended(PATIENT)
        ring.end = None
        bank.keep(ring)
        assert (await ring.hang_up()).by is Ended.US
