"""Which share of the messages to a range led to an approved code."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from tests.guard.worlds import (
    CODE,
    ELSEWHERE,
    HOUR,
    MAIL,
    NEIGHBOUR,
    UK,
    US,
    Store,
    World,
)
from verify_core.errors import Ambiguous, InvalidSetting, Refused, Unavailable
from verify_core.verification import VerificationRef
from verify_fakes._clock import FakeClock
from verify_providers.guard import (
    Conversion,
    GuardEventKind,
    GuardPolicy,
    Mode,
    Per,
)

pytestmark = pytest.mark.usefixtures("kind")


def policy(
    percent: int = 50,
    starts: int = 4,
    per: Per = Per.PREFIX,
    mode: Mode = Mode.ENFORCE,
    whole: Mode = Mode.ENFORCE,
) -> GuardPolicy:
    rule = Conversion(per=per, percent=percent, starts=starts, window=HOUR, mode=mode)
    return GuardPolicy(conversion=[rule], mode=whole)


def unanswered(it: World, messages: int) -> list[VerificationRef]:
    return [it.start(NEIGHBOUR).ref for _ in range(messages)]


def test_a_range_whose_codes_are_not_typed_is_closed() -> None:
    it = World(policy())
    unanswered(it, 4)

    with pytest.raises(Refused):
        it.start(US)

    assert it.sent == 4
    event = it.events[-1]
    assert (event.kind, event.rule) == (GuardEventKind.REFUSED, "conversion")
    assert event.reason == "0 of 4 approved, per prefix"


def test_other_ranges_and_addresses_are_not() -> None:
    it = World(policy())
    unanswered(it, 4)

    assert it.passes(ELSEWHERE)
    assert it.passes(UK)
    assert it.passes(MAIL)


def test_a_calling_code_is_a_range_of_its_own() -> None:
    it = World(policy(per=Per.CALLING_CODE))
    unanswered(it, 4)

    assert not it.passes(ELSEWHERE)
    assert it.passes(UK)


def test_late_approvals_open_it_again() -> None:
    it = World(policy())
    refs = unanswered(it, 4)
    it.guard.check(refs[0], CODE)
    assert not it.passes()

    it.guard.check(refs[1], CODE)

    assert it.passes()


def test_the_window_opens_it_again() -> None:
    it = World(policy())
    unanswered(it, 4)
    it.pause(3599)
    assert not it.passes()

    it.pause(1)

    assert it.passes()


def test_messages_and_approvals_end_with_one_window() -> None:
    it = World(policy(starts=2))
    it.start()
    it.pause(3000)
    it.guard.check(it.start().ref, CODE)
    it.pause(600)
    it.start()

    it.start()

    assert not it.passes()  # the approval of the window before opens nothing


def test_wrong_codes_are_no_approvals() -> None:
    it = World(policy())
    for ref in unanswered(it, 4):
        it.guard.check(ref, "000000")

    assert not it.passes()


@pytest.mark.parametrize(
    ("error", "is_counted"), [(Unavailable("down"), False), (Ambiguous("lost"), True)]
)
def test_only_messages_that_may_have_left_are_counted(
    error: Exception, *, is_counted: bool
) -> None:
    it = World(policy(starts=1))
    it.vendor.errors.append(error)
    assert not it.passes()

    assert it.passes() is not is_counted


@pytest.mark.parametrize(
    ("mode", "whole"),
    [(Mode.RECORD, Mode.ENFORCE), (Mode.ENFORCE, Mode.RECORD)],
    ids=["the rule", "the guard"],
)
def test_what_only_records_reports_and_counts_on(mode: Mode, whole: Mode) -> None:
    it = World(policy(mode=mode, whole=whole))
    refs = unanswered(it, 4)
    it.events.clear()

    refs.append(it.start().ref)

    assert it.kinds() == [GuardEventKind.WOULD_REFUSE, GuardEventKind.ALLOWED]
    for ref in refs[:3]:
        it.guard.check(ref, CODE)
    it.start()  # 3 of 5
    it.start()  # 3 of 6
    it.events.clear()
    it.start()  # 3 of 7
    assert it.events[0].reason == "3 of 7 approved, per prefix"


def test_a_rule_is_made_to_record_unless_it_says_otherwise() -> None:
    assert Conversion().mode is Mode.RECORD


def test_a_rule_that_refuses_comes_before_one_that_records() -> None:
    rules = [
        Conversion(per=per, percent=50, starts=1, window=HOUR, mode=mode)
        for per, mode in [("calling_code", "record"), ("prefix", "enforce")]
    ]
    it = World(GuardPolicy(conversion=rules))
    unanswered(it, 1)

    assert not it.passes()


@given(
    percent=st.integers(1, 100),
    starts=st.integers(1, 6),
    typed=st.lists(st.booleans(), max_size=12),
)
@settings(max_examples=40, deadline=None)
def test_a_share_is_judged_as_a_count_by_hand_judges_it(
    percent: int, starts: int, typed: list[bool]
) -> None:
    clock = FakeClock()
    it = World(policy(percent, starts), storage=Store(clock), clock=clock)
    approved = 0

    for sent, is_typed in enumerate(typed):
        is_closed = sent >= starts and approved / sent < percent / 100
        assert it.passes() is not is_closed
        if is_closed:
            break
        if is_typed:
            approved += 1
            it.guard.check(_ref_of(it), CODE)


def _ref_of(it: World) -> VerificationRef:
    return VerificationRef(
        provider="vendor",
        identifier=it.vendor.starts[-1].identifier,
        channel="sms",
        attempt_id="a",
        created_at=it.clock(),
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("per", "identifier"),
        ("per", "planet"),
        ("percent", 0),
        ("percent", 101),
        ("percent", 0.5),
        ("starts", 0),
        ("window", timedelta(0)),
        ("mode", "maybe"),
    ],
)
def test_a_rule_has_its_shape(setting: str, value: object) -> None:
    with pytest.raises(InvalidSetting) as caught:
        Conversion(**{setting: value})

    assert caught.value.setting == setting


@pytest.mark.parametrize("rules", [5, [Conversion(), 5], [Conversion(), Conversion()]])
def test_rules_are_of_their_kind_and_each_once(rules: object) -> None:
    with pytest.raises(InvalidSetting, match="conversion"):
        GuardPolicy(conversion=rules)
