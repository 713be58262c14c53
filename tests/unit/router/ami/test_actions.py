"""Actions: what is sent, and what can never be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.ami import (
    ActionValueError,
    Address,
    CommandInjectionError,
    CoreShowChannels,
    DbDel,
    DbGet,
    DbPut,
    DbTree,
    GetVar,
    Hangup,
    Originate,
    QueuePause,
    QueueStatus,
    Redirect,
    Reload,
    ShowDialPlan,
)
from router.ami.actions import Login

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE = ("siaga-transfer", "damkar", "start")

MAKERS: list[Callable[[str], object]] = [
    lambda text: Redirect(text, *PLACE),
    lambda text: Redirect("PJSIP/trunk-1", text, "damkar", "start"),
    lambda text: Redirect("PJSIP/trunk-1", "siaga-transfer", text, "start"),
    lambda text: Redirect("PJSIP/trunk-1", "siaga-transfer", "damkar", text),
    lambda text: Redirect("PJSIP/trunk-1", *PLACE, extra_channel=text),
    lambda text: Originate(text, *PLACE),
    lambda text: Originate("PJSIP/201", text, "s", "start"),
    lambda text: Originate("PJSIP/201", *PLACE, caller_id=text),
    lambda text: Originate("PJSIP/201", *PLACE, channel_id=text),
    lambda text: Originate("PJSIP/201", *PLACE, variables={"CALLER": text}),
    lambda text: Originate("PJSIP/201", *PLACE, variables={text: "1"}),
    lambda text: GetVar("SIAGA_CALL", text),
    GetVar,
    Hangup,
    QueueStatus,
    lambda text: DbPut(text, "closed/damkar", "1"),
    lambda text: DbPut("siaga", text, "1"),
    lambda text: DbPut("siaga", "closed/damkar", text),
    lambda text: DbGet(text, "closed/damkar"),
    lambda text: DbGet("siaga", text),
    lambda text: DbDel(text, "closed/damkar"),
    lambda text: DbDel("siaga", text),
    DbTree,
    lambda text: QueuePause(text, paused=True),
    lambda text: QueuePause("201", paused=True, queue=text),
    Reload,
    ShowDialPlan,
    lambda text: Login("router", text),
    lambda text: Address("127.0.0.1", 5038, text, "s"),
    lambda text: Address("127.0.0.1", 5038, "router", text),
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("end", ["\r", "\n", "\r\nAction: Originate", "\0", "\udcff"])
def test_no_value_holds_what_ami_cannot_say(make: Callable[[str], object], end: str) -> None:
    """CR, LF, NUL and half a character are refused in every value, wherever they stand."""
    for text in (f"a{end}", f"{end}a", f"a{end}a"):
        with pytest.raises(CommandInjectionError):
            make(text)


@given(st.text())
def test_any_variable_is_one_header_or_refused(text: str) -> None:
    """Whatever a variable's value is, it becomes exactly one header with no line end in it."""
    try:
        action = Originate("PJSIP/201", *PLACE, variables={"CALLER": text})
    except CommandInjectionError:
        assert any(char in "\r\n\0" or "\ud800" <= char <= "\udfff" for char in text)
    else:
        values = [value for name, value in action.headers() if name == "Variable"]
        assert len(values) == 1
        assert "\r" not in values[0]
        assert "\n" not in values[0]


@pytest.mark.parametrize("label", ["1", "12", "", "1start", "Start", "s,1", "a b", "${X}"])
def test_a_redirect_goes_to_a_label_and_nowhere_else(label: str) -> None:
    """A number, which Asterisk would not check, is refused like all that is no label of ours."""
    with pytest.raises(ActionValueError):
        Redirect("PJSIP/trunk-1", "siaga-transfer", "damkar", label)


@pytest.mark.parametrize("channel", ["", "/.*/", "/PJSIP\\/.*/"])
def test_a_channel_is_never_a_regular_expression(channel: str) -> None:
    """``Hangup`` with ``/regex/`` would end every call that matches; it is refused everywhere."""
    with pytest.raises(ActionValueError):
        Hangup(channel)
    with pytest.raises(ActionValueError):
        Redirect(channel, *PLACE)
    with pytest.raises(ActionValueError):
        Originate(channel, *PLACE)


@pytest.mark.parametrize("text", ["a b", "a,b", "a&b", "${EVAL}", "s/../x", "a|b"])
def test_places_are_names(text: str) -> None:
    """Context and extension are names, nothing that could be evaluated or split."""
    with pytest.raises(ActionValueError):
        Redirect("PJSIP/trunk-1", text, "s", "start")
    with pytest.raises(ActionValueError):
        Originate("PJSIP/201", "c", text, "start")


@pytest.mark.parametrize("name", ["SHELL(id)", "a=b", "", "a,b", "__", "CDR(x)", "a b"])
def test_variables_set_are_plain(name: str) -> None:
    """A variable to be set is a plain name, never a dialplan function."""
    with pytest.raises(ActionValueError):
        Originate("PJSIP/201", *PLACE, variables={name: "1"})


def test_a_redirect_says_what_it_means() -> None:
    """Both sides of a bridge go to the same place by one action."""
    action = Redirect("PJSIP/trunk-1", *PLACE, extra_channel="PJSIP/101-2")
    assert dict(action.headers()) == {
        "Action": "Redirect",
        "Channel": "PJSIP/trunk-1",
        "ExtraChannel": "PJSIP/101-2",
        "Context": "siaga-transfer",
        "Exten": "damkar",
        "Priority": "start",
    }


def test_an_originate_is_asynchronous_and_escapes_its_variables() -> None:
    """``Async`` is always true; a comma, quote or backslash in a value cannot end it."""
    action = Originate("PJSIP/201", *PLACE, variables={"__A": 'x,B=1"\\', "C": "2"})
    headers = action.headers()
    assert ("Async", "true") in headers
    assert [value for name, value in headers if name == "Variable"] == [
        '__A=x\\,B=1\\"\\\\',
        "C=2",
    ]


def test_passwords_are_not_shown() -> None:
    """Neither an address nor a login shows its password when printed."""
    assert "rahasia" not in repr(Address("127.0.0.1", 5038, "router", "rahasia"))
    assert "rahasia" not in repr(Login("router", "rahasia"))


def test_an_action_without_values_is_its_name() -> None:
    """An action that asks for everything sends its name only."""
    assert CoreShowChannels().headers() == [("Action", "CoreShowChannels")]


@pytest.mark.parametrize("text", ["", "a b", "../x", "siaga/closed", "a,b", "Siaga", "x" * 60])
def test_a_family_is_a_name(text: str) -> None:
    """An empty family, which would list the handsets' logins, is refused like all but names."""
    for make in (DbTree, lambda family: DbGet(family, "a"), lambda family: DbPut(family, "a", "")):
        with pytest.raises(ActionValueError):
            make(text)


@pytest.mark.parametrize("key", ["", "/", "a/", "/a", "a//b", "a b", "..", "a/b/c/d/e", "${X}"])
def test_a_key_is_made_of_names(key: str) -> None:
    """Only names with single slashes between them are keys."""
    with pytest.raises(ActionValueError):
        DbPut("siaga", key, "1")


def test_a_value_fits_a_line_of_ami() -> None:
    """A value as long as allowed is sent as it is; a longer one, which would be lost, is not."""
    assert DbPut("siaga", "a/b", "\u00fc" * 450).headers()[-1] == ("Val", "\u00fc" * 450)
    with pytest.raises(ActionValueError):
        DbPut("siaga", "a/b", "\u00fc" * 450 + "x")


@pytest.mark.parametrize("endpoint", ["", "Local/x@y", "201/n", "201,1", "201 ", "*"])
def test_a_pause_is_of_one_handset(endpoint: str) -> None:
    """An interface of another kind, or of several handsets, is refused."""
    with pytest.raises(ActionValueError):
        QueuePause(endpoint, paused=True)


def test_a_pause_says_what_it_means() -> None:
    """Without a queue it is for all of them."""
    assert dict(QueuePause("201", paused=False).headers()) == {
        "Action": "QueuePause",
        "Interface": "PJSIP/201",
        "Paused": "false",
    }
    assert ("Queue", "damkar") in QueuePause("201", paused=True, queue="damkar").headers()


@pytest.mark.parametrize("module", ["", "all", "pbx_config", "../x.so", "a.so b.so", "X.SO"])
def test_a_reload_is_of_one_module(module: str) -> None:
    """Nothing but the file name of a module is reloaded, never everything."""
    with pytest.raises(ActionValueError):
        Reload(module)
