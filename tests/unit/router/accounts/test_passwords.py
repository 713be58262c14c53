from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.accounts import passwords
from router.accounts.errors import WeakPasswordError, WrongNameError
from router.accounts.model import MAX_NAME, checked_name, key


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("", "short"),
        ("elevenchars", "short"),
        ("x" * 129, "long"),
        ("aaaaaaaaaaaaaaaa", "few"),
        ("abababababab", "few"),
        ("saya Sari Dewi 1", "name"),
        ("SARIDEWI sungguh", "name"),
        ("\uff33\uff21\uff32\uff29DEWI sungguh", "name"),
        ("Password 2026", "known"),
        ("siaga112siaga112!", "known"),
        ("KutaiTimur2026", "known"),
        ("qwerty123456qw", "known"),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, rule: str) -> None:
    """Each rule has its own answer."""
    with pytest.raises(WeakPasswordError) as caught:
        passwords.check(password, "Sari Dewi")
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    "password",
    [
        "kuda lumping naik sepeda",
        "9f8d7s6a5g4h",
        "panggilan hujan di sawah biru",
        "🐘🦒🐫🐪🦔🦇" * 2,
    ],
)
def test_what_is_long_and_odd_is_taken(password: str) -> None:
    """Of any characters; a known word in it does no harm when enough is left."""
    passwords.check(password, "Al")


def test_one_time_passwords_are_good_enough() -> None:
    """What is given is itself within the rules, and never the same twice."""
    given_ones = {passwords.one_time() for _ in range(50)}
    assert len(given_ones) == 50
    for password in given_ones:
        passwords.check(password, "Sari")


def test_the_same_password_however_it_is_composed() -> None:
    """An é of one sign and of two are one; another password is not; nobody's matches nothing."""
    kept = passwords.hashed("caf\u00e9 di tepi sungai")
    assert kept.startswith("$argon2id$")
    assert not passwords.is_dated(kept)
    assert passwords.matches(kept, "cafe\u0301 di tepi sungai")
    assert not passwords.matches(kept, "cafe di tepi sungai")
    assert not passwords.matches(kept, "x" * 1000)
    assert not passwords.matches(None, "")
    assert not passwords.matches("rubbish", "rubbish")


@given(st.text(max_size=100))
def test_a_name_is_one_line_of_letters_or_none(text: str) -> None:
    """Whatever is given, what is kept is short, has no markup or control in it, and is stable."""
    try:
        name = checked_name(text)
    except WrongNameError:
        return
    assert 0 < len(name) <= MAX_NAME
    assert not set(name) & set('<>"&\n\r\t\0\u202e;\\/`{}')
    assert checked_name(name) == name
    assert key(name) == key(f" {name} ")


@pytest.mark.parametrize("name", ["Sari", "Sari Dewi", "O'Neil", "a.b@kutim.go.id", "Ńguyễn", "x"])
def test_names_of_people_are_taken(name: str) -> None:
    """As they are written."""
    assert key(checked_name(name)) == key(name)
