"""The doctor's look at the admission limits."""

from ops.doctor import Status
from ops.doctor.admission import admission
from siaga.settings import load


def test_as_many_calls_as_there_are_ports_for_is_well() -> None:
    """The limits are shown; by default they fit the ports."""
    [found] = admission(load({}))
    assert found.status is Status.OK
    limits = load({}).admission
    assert str(limits.soft) in found.found
    assert str(limits.hard) in found.found


def test_more_calls_than_ports_are_warned_of() -> None:
    """Ten calls on ports for four: a warning that says how many are taken."""
    env = {"SIAGA_HARD_CALLS": "10", "SIAGA_RTP_START": "10000", "SIAGA_RTP_END": "10019"}
    [found] = admission(load(env))
    assert found.status is Status.WARN
    assert "for 4 calls" in found.todo_en
    assert "SIAGA_HARD_CALLS" in found.todo
