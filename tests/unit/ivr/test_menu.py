from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue import WATCHDOG, Assign, Begin, Listen, Outcome, Recall, Stream, dialogue
from siaga.menu import HANDOVER_MS, MIN_WAIT_MS, too_long
from siaga.menuspec import MenuSpec, SubMenuSpec
from siaga.names import MenuReason, Var

LENGTHS = {"menu": 8400, "options": 5000, "retry-no-input": 1500, "retry-no-match": 1500}
SPEC = MenuSpec(
    version="v",
    language="id",
    digits={"1": "fire", "2": "medical", "0": "operator"},
    language_digits={"9": "en"},
    default="operator",
    tries=2,
    wait_ms=1000,
    human_within_ms=12000,
    prompt_ms={"id": LENGTHS, "en": {**LENGTHS, "menu": 7000}},
)
SUB_LENGTHS = {
    "menu-crash": 4000,
    "options-crash": 3000,
    "retry-no-input-crash": 1500,
    "retry-no-match-crash": 1500,
    "announce-flood": 9000,
}
WIDER = replace(
    SPEC,
    digits={**SPEC.digits, "3": "crash"},
    menus={"crash": SubMenuSpec({"1": "injured", "2": "crashed"}, default="injured")},
    prompt_ms={"id": {**LENGTHS, **SUB_LENGTHS}, "en": {**LENGTHS, **SUB_LENGTHS}},
)
"""A menu with a sub-menu and an announcement."""


@dataclass
class Caller:
    """A caller on a simulated channel: presses given digits at given times (ms since arrival).

    Of those in ``dropped`` no command is told, as if they came between two.
    """

    presses: list[tuple[int, str]] = field(default_factory=list)
    missing: frozenset[str] = frozenset()
    now_ms: int = 0
    heard: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=lambda: {Var.REASON: "digit"})
    order: list[str] = field(default_factory=list)
    watchdog_until_ms: float = 0
    answered_ms: int = 0
    stored: str = ""
    dropped: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.watchdog_until_ms = self.now_ms + 2000

    def call(self, spec: MenuSpec = SPEC, begin: Begin | None = None) -> tuple[str, str]:
        begin = begin or Begin(elapsed_ms=self.now_ms)
        steps = dialogue(spec, lambda: self.now_ms / 1000, begin)
        operation = next(steps)
        while True:
            outcome = self.perform(operation)
            assert self.now_ms <= self.watchdog_until_ms, "the watchdog would have fired"
            try:
                operation = steps.send(outcome)
            except StopIteration:
                return self.variables[Var.RESULT], self.variables[Var.REASON]

    def perform(self, operation: object) -> Outcome:
        if isinstance(operation, Assign):
            self.variables[operation.name] = operation.value
            self.order.append(operation.name)
            if operation.name == WATCHDOG:
                self.watchdog_until_ms = self.now_ms + int(operation.value) * 1000
            if operation.name in (Var.LANGUAGE, Var.MENU):
                self.answered_ms = self.now_ms
            return Outcome()
        if isinstance(operation, Recall):
            self.drop()
            return Outcome(keys=self.stored)
        if isinstance(operation, Stream):
            name = operation.file.removeprefix("siaga/v/")
            if name in self.missing:
                return Outcome(played=False)
            self.heard.append(name)
            return self.pass_time(operation.ms)
        assert isinstance(operation, Listen)
        return self.pass_time(operation.ms)

    def drop(self) -> None:
        while self.dropped and self.dropped[0][0] <= self.now_ms:
            self.stored += self.dropped.pop(0)[1]

    def pass_time(self, lasts_ms: int) -> Outcome:
        end = self.now_ms + lasts_ms
        if self.presses and self.presses[0][0] <= end:
            at, digit = self.presses.pop(0)
            self.now_ms = max(self.now_ms, at)
            self.drop()
            self.stored += digit
            return Outcome(digit=digit)
        self.now_ms = end
        return Outcome()


@pytest.mark.parametrize("at_ms", [0, 100, 8399, 8401, 9000])
@pytest.mark.parametrize(("digit", "emergency"), SPEC.digits.items())
def test_a_digit_routes_at_once(at_ms: int, digit: str, emergency: str) -> None:
    """A digit at any moment, buffered or in the first 200 ms, ends the menu in that moment."""
    caller = Caller([(at_ms, digit)])
    assert caller.call() == (emergency, "digit")
    assert caller.now_ms == at_ms


def test_result_is_the_last_act() -> None:
    """The result is set after everything else, for the dialplan takes it as the proof of an end."""
    caller = Caller([(10, "9"), (500, "1")])
    caller.call()
    assert caller.order[-1] == Var.RESULT
    assert caller.order.count(Var.RESULT) == 1


def test_silence_rings_a_human_in_time() -> None:
    """Who presses nothing hears a second, shorter prompt, and then a human's phone rings."""
    caller = Caller()
    assert caller.call() == ("operator", "no_input")
    assert caller.heard == ["menu", "retry-no-input"]
    assert caller.now_ms <= SPEC.human_within_ms - HANDOVER_MS


@pytest.mark.parametrize("rubbish", ["*", "#", "7", "A"])
def test_early_rubbish_hears_the_options_again(rubbish: str) -> None:
    """Who presses rubbish at once is given the choices again, for there is time to."""
    caller = Caller([(100, rubbish), (4000, "2")])
    assert caller.call() == ("medical", "digit")
    assert caller.heard == ["menu", "options"]


def test_late_rubbish_is_asked_shortly() -> None:
    """Who presses rubbish late is asked once more in few words, and rung through in time."""
    caller = Caller([(8000, "*")])
    assert caller.call() == ("operator", "no_input")
    assert caller.heard == ["menu", "retry-no-match"]
    assert caller.now_ms <= SPEC.human_within_ms - HANDOVER_MS


def test_two_failures_are_enough() -> None:
    """No-input and no-match count together: after two a human is rung, the last kind recorded."""
    caller = Caller([(100, "*"), (200, "#")])
    assert caller.call() == ("operator", "no_match")
    assert caller.now_ms == 200


def test_nothing_stands_between_a_key_and_the_next_prompt() -> None:
    """The watchdog is set once, for Asterisk drops a key that comes between two commands."""
    caller = Caller([(100, "*"), (4000, "2")])
    caller.call()
    assert caller.order.count(WATCHDOG) == 1


def test_english() -> None:
    """The language digit is kept on the channel at once and the menu begins in that language."""
    caller = Caller([(3000, "9"), (6000, "1")])
    assert caller.call() == ("fire", "digit")
    assert caller.variables["CHANNEL(language)"] == "en"
    assert caller.variables[Var.LANGUAGE] == "en"
    assert caller.heard == ["menu", "menu"]


def test_language_twice_is_no_match() -> None:
    """The language digit buys time once; pressed for ever it counts as rubbish."""
    caller = Caller([(at, "9") for at in range(100, 60000, 100)])
    assert caller.call() == ("operator", "no_match")
    assert caller.now_ms <= 400


def test_missing_prompt_goes_to_a_human() -> None:
    """A prompt that cannot be played leaves nobody in silence: a human is rung at once."""
    caller = Caller(missing=frozenset({"menu"}))
    assert caller.call() == ("operator", "error")
    assert caller.now_ms == 0


def test_lower_tier_goes_on_where_the_upper_failed() -> None:
    """A caller whose tier died keeps the language, and the time already spent counts."""
    caller = Caller(now_ms=7000)
    assert caller.call(SPEC, Begin(language="en", elapsed_ms=7000)) == ("operator", "no_input")
    assert caller.heard[0] == "retry-no-input"
    assert caller.now_ms <= SPEC.human_within_ms - HANDOVER_MS


def test_lower_tier_after_the_limit_rings_at_once() -> None:
    """When the time is used up already, the lower tier adds nothing to it."""
    caller = Caller(now_ms=30000)
    assert caller.call()[0] == "operator"
    assert caller.now_ms == 30000


def test_menu_digit_leads_into_its_sub_menu() -> None:
    """The sub-menu is kept on the channel, says its choices, and its digits are its own."""
    caller = Caller([(5000, "3"), (7000, "2")])
    assert caller.call(WIDER) == ("crashed", "digit")
    assert caller.variables[Var.MENU] == "crash"
    assert caller.heard == ["menu", "menu-crash"]
    assert caller.now_ms == 7000


def test_sub_menu_begins_time_and_tries_anew() -> None:
    """After one failed try and most of the time, the sub-menu gives both again in full."""
    caller = Caller([(8000, "*"), (9000, "3")])
    assert caller.call(WIDER) == ("injured", "no_input")
    assert caller.heard == ["menu", "retry-no-match", "menu-crash", "retry-no-input-crash"]
    assert 9000 + 4000 < caller.now_ms <= 9000 + WIDER.human_within_ms - HANDOVER_MS


@pytest.mark.parametrize("digit", ["9", "3", "0", "*"])
def test_digit_of_the_first_menu_means_nothing_in_a_sub_menu(digit: str) -> None:
    """A language or choice of the first menu is rubbish in the sub-menu, and is asked again."""
    caller = Caller([(100, "3"), (200, digit), (300, "1")])
    assert caller.call(WIDER) == ("injured", "digit")
    assert caller.heard == ["menu", "menu-crash", "options-crash"]
    assert Var.LANGUAGE not in caller.variables


def test_sub_menu_in_the_chosen_language() -> None:
    """Who chose English hears the sub-menu in English, whose prompt it is that lasts."""
    spec = replace(WIDER, prompt_ms={**WIDER.prompt_ms, "en": {**LENGTHS, "menu-crash": 2500}})
    caller = Caller([(100, "9"), (200, "3")])
    assert caller.call(spec)[0] == "injured"
    assert caller.variables[Var.LANGUAGE] == "en"
    assert caller.now_ms == 200 + 2500 + spec.wait_ms


def test_sub_menu_that_cannot_be_said_rings_its_default() -> None:
    """A missing prompt of a sub-menu leads to the sub-menu's own human."""
    caller = Caller([(100, "3")], missing=frozenset({"menu-crash"}))
    assert caller.call(WIDER) == ("injured", "error")


def test_tier_below_goes_on_in_the_chosen_sub_menu() -> None:
    """A caller whose tier died in a sub-menu is asked its choices, not the first ones again."""
    caller = Caller([(4000, "2")], now_ms=3000)
    begin = Begin(menu="crash", announcement="flood", elapsed_ms=3000)
    assert caller.call(WIDER, begin) == ("crashed", "digit")
    assert caller.heard == ["menu-crash"]


@pytest.mark.parametrize("unknown", ["other", ""])
def test_sub_menu_that_the_plan_does_not_have_is_not_entered(unknown: str) -> None:
    """The first menu is said instead."""
    caller = Caller([(100, "1")])
    assert caller.call(WIDER, Begin(menu=unknown)) == ("fire", "digit")


def test_announcement_is_said_in_place_of_the_greeting() -> None:
    """The digits are those of the menu; what is said again are the menu's own short prompts."""
    caller = Caller([(9500, "1")])
    assert caller.call(WIDER, Begin(announcement="flood")) == ("fire", "digit")
    assert caller.heard == ["announce-flood"]
    silent = Caller()
    assert silent.call(WIDER, Begin(announcement="flood")) == ("operator", "no_input")
    assert silent.heard == ["announce-flood"]


def test_announcement_is_said_again_in_the_chosen_language() -> None:
    """Who chooses English hears the announcement in English, not the plain menu."""
    caller = Caller([(100, "9"), (200, "1")])
    caller.call(WIDER, Begin(announcement="flood"))
    assert caller.heard == ["announce-flood", "announce-flood"]


def test_announcement_that_was_not_made_gives_way_to_the_menu() -> None:
    """Without its prompt the announcement is not waited for in silence: the menu is said."""
    caller = Caller([(100, "1")])
    caller.call(WIDER, Begin(announcement="storm"))
    assert caller.heard == ["menu"]


def test_opening_without_time_to_answer_is_told() -> None:
    """Just the openings after which nobody could press in time are named, to the millisecond."""
    most = WIDER.human_within_ms - HANDOVER_MS - MIN_WAIT_MS
    names = ("menu", "menu-crash", "announce-flood", "all-busy", "options", "menu-unknown")
    assert not too_long(replace(WIDER, prompt_ms={"id": dict.fromkeys(names, most)}))
    assert too_long(replace(WIDER, prompt_ms={"id": dict.fromkeys(names, most + 1)})) == (
        "id/menu",
        "id/menu-crash",
        "id/announce-flood",
    )


def test_spec_comes_back_from_its_text() -> None:
    """What is written for the tiers is what they read, sub-menus and all."""
    assert MenuSpec.from_json(WIDER.to_json()) == WIDER


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"menus": 1}', '{"menus": {"a": {}}}', "null"])
def test_text_that_is_no_spec_is_refused(text: str) -> None:
    """Anything else is one kind of error, which whoever reads it can go on after."""
    with pytest.raises(ValueError, match=r"."):
        MenuSpec.from_json(text)


@given(
    presses=st.lists(
        st.tuples(st.integers(0, 40000), st.sampled_from("0123456789*#ABCD")), max_size=14
    ),
    lengths=st.fixed_dictionaries(
        {name: st.integers(0, 12000) for name in (*LENGTHS, *SUB_LENGTHS)}
    ),
    elapsed=st.integers(0, 15000),
    tries=st.integers(1, 2),
    missing=st.frozensets(st.sampled_from(sorted({*LENGTHS, *SUB_LENGTHS}))),
    begin=st.builds(
        Begin,
        language=st.sampled_from([None, "id", "en", "xx"]),
        menu=st.sampled_from([None, "crash", "unknown"]),
        announcement=st.sampled_from([None, "flood", "unknown"]),
    ),
)
def test_a_human_is_always_rung_in_time(  # noqa: PLR0917
    presses: list[tuple[int, str]],
    lengths: dict[str, int],
    elapsed: int,
    tries: int,
    missing: frozenset[str],
    begin: Begin,
) -> None:
    """Whatever is pressed when, in whatever tier, the menu leads to the plan's emergencies in time.

    In time is before the limit since arrival or the last answer, or as an opening that is too long
    for it ends.
    """
    spec = replace(WIDER, tries=tries, prompt_ms={"id": lengths, "en": lengths})
    caller = Caller(sorted(presses), missing, now_ms=elapsed)
    emergency, reason = caller.call(spec, replace(begin, elapsed_ms=elapsed))
    assert emergency in {"fire", "medical", "operator", "injured", "crashed"}
    assert reason in set(MenuReason)
    limit = spec.human_within_ms - HANDOVER_MS
    opening = max(lengths[name] for name in ("menu", "menu-crash", "announce-flood"))
    since = caller.answered_ms
    assert caller.now_ms <= max(since + max(limit, opening), elapsed)


@pytest.mark.parametrize(
    ("stored", "seen", "outcome", "heard", "language"),
    [
        ("1", 0, ("fire", "digit"), [], None),
        ("712", 1, ("fire", "digit"), [], None),
        ("92", 0, ("medical", "digit"), [], "en"),
        ("3", 0, ("injured", "no_input"), ["menu-crash", "retry-no-input-crash"], None),
        ("32", 0, ("crashed", "digit"), [], None),
        ("1", 1, ("operator", "no_input"), ["menu", "retry-no-input"], None),
        ("7", None, ("operator", "no_input"), ["menu", "retry-no-input"], None),
    ],
)
def test_keys_of_before_are_taken_up(
    stored: str,
    seen: int | None,
    outcome: tuple[str, str],
    heard: list[str],
    language: str | None,
) -> None:
    """Keys pressed after the dialplan last looked, before a tier could listen, count as pressed."""
    caller = Caller(stored=stored)
    assert caller.call(WIDER, Begin(seen=seen)) == outcome
    assert caller.heard == heard
    assert caller.variables.get(Var.LANGUAGE) == language


@pytest.mark.parametrize(
    ("pressed", "dropped", "outcome", "heard"),
    [
        # Before the greeting, when it is over, and when the wait is.
        ([], [(0, "1")], ("fire", "digit"), []),
        ([], [(1, "1")], ("fire", "digit"), ["menu"]),
        ([], [(8500, "1")], ("fire", "digit"), ["menu"]),
        # Before one that is told; not before one that decides, which is not asked about.
        ([(100, "*"), (200, "2")], [(50, "3")], ("crashed", "digit"), ["menu", "options-crash"]),
        ([(100, "2")], [(50, "3")], ("medical", "digit"), ["menu"]),
        ([(100, "#")], [(50, "*")], ("operator", "no_match"), ["menu"]),
        ([(100, "*")], [(200, "#")], ("operator", "no_match"), ["menu", "options"]),
        # Once more the same is no other key.
        ([(100, "*"), (200, "1")], [], ("fire", "digit"), ["menu", "options"]),
    ],
)
def test_a_key_that_no_command_was_told_of_counts(
    pressed: list[tuple[int, str]],
    dropped: list[tuple[int, str]],
    outcome: tuple[str, str],
    heard: list[str],
) -> None:
    """It is taken in its turn, by the end of the command that came too late for it."""
    caller = Caller(pressed, dropped=dropped)
    assert caller.call(WIDER) == outcome
    assert caller.heard == heard
