from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.accounts import codes, tokens

# RFC 6238, appendix B, SHA-1: the secret, and the last six digits of its codes.
RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODES = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_the_codes_are_the_standards() -> None:
    """The RFC's own examples are taken at their time, with or without a space in them."""
    for seconds, code in RFC_CODES.items():
        assert codes.step_of(RFC, code, at(seconds), None) == seconds // 30
        assert codes.step_of(RFC, f" {code[:3]} {code[3:]} ", at(seconds), None) is not None


def test_a_clock_may_be_half_a_minute_off() -> None:
    """The code of the step before, or after, counts; of two away it does not."""
    code = RFC_CODES[1111111109]
    now = at(1111111109)
    for steps, counts in {-2: False, -1: True, 0: True, 1: True, 2: False}.items():
        moment = now + timedelta(seconds=30 * steps)
        assert (codes.step_of(RFC, code, moment, None) is not None) is counts


def test_a_code_that_was_used_counts_no_more() -> None:
    """Nor does one of an earlier step."""
    step = 1111111109 // 30
    assert codes.step_of(RFC, RFC_CODES[1111111109], at(1111111109), step) is None
    assert codes.step_of(RFC, RFC_CODES[1111111109], at(1111111109), step - 1) == step


@given(st.text(max_size=12))
def test_rubbish_is_no_code(text: str) -> None:
    """Nothing but six digits is looked at, and no text makes it fall over."""
    found = codes.step_of(RFC, text, at(59), None)
    assert found is None or "".join(text.split()) in {"287082", "755224", "359152"}


def test_the_picture_is_an_image_alone() -> None:
    """It is the address of a picture with the secret in it, however the centre is called."""
    address = codes.address(RFC, "Sari & Dewi", "112: <Kutim>")
    assert address.startswith("otpauth://totp/")
    assert RFC in address
    assert "<" not in address
    assert codes.picture(address).startswith("data:image/svg+xml")


@given(st.text(max_size=60))
def test_a_word_is_one_of_ours_or_nobodys(text: str) -> None:
    """A digest is made of words of the right form only."""
    assert tokens.digest(text) is None or len(text) == 43


def test_words_are_not_to_be_guessed_from_another() -> None:
    """Each is new; its form's word is another, and the same each time."""
    one, two = tokens.new(), tokens.new()
    assert tokens.digest(one) not in (None, tokens.digest(two))
    assert tokens.form_word(one) == tokens.form_word(one) != tokens.form_word(two)
    assert one not in tokens.form_word(one)


@given(st.text(max_size=130))
def test_a_masked_word_is_another_each_time_and_the_same_inside(text: str) -> None:
    """What a page shows tells nothing by its length; whatever else is sent is left as it is."""
    word = tokens.form_word(tokens.new())
    one, two = tokens.masked(word), tokens.masked(word)
    assert one != two
    assert word not in one
    assert tokens.unmasked(one) == tokens.unmasked(two) == tokens.unmasked(word) == word
    assert tokens.unmasked(text) == text
