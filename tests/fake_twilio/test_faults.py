"""Failures on purpose: exactly those calls, and counted."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from verify_fakes.kit._faults import ConnectionBroken
from verify_fakes.twilio import Break, Reason
from verify_fakes.twilio.machine._commands import TwilioCommand
from verify_fakes.twilio.machine._faults import TwilioFaults

if TYPE_CHECKING:
    from tests.fake_twilio.conftest import Line
    from verify_fakes import FakeTwilio

PHONE = "+15555550100"
OTHER = "+15555550101"


@given(
    first=st.integers(min_value=1, max_value=8),
    more=st.one_of(st.none(), st.integers(min_value=0, max_value=8)),
    calls=st.integers(min_value=0, max_value=20),
)
def test_a_rule_hits_from_the_first_to_the_last_call(
    first: int, more: int | None, calls: int
) -> None:
    faults = TwilioFaults()
    last = None if more is None else first + more
    fault = faults.arm("check", 60202, first=first, last=last)

    hit = [
        number
        for number in range(1, calls + 1)
        if faults.hit(TwilioCommand.CHECK, PHONE) is fault
    ]

    end = calls if last is None else min(last, calls)
    assert hit == list(range(first, end + 1))
    assert (fault.seen, fault.hits) == (calls, len(hit))


def test_a_rule_concerns_its_operation_and_address_alone(
    line: Line, twilio: FakeTwilio
) -> None:
    fault = twilio.faults.arm("start", 60203, to=PHONE)

    assert line.start(OTHER)[0] == 201
    assert line.fetch(OTHER)[0] == 200
    assert fault.seen == 0
    assert line.start()[1]["code"] == 60203
    assert fault.hits == 1


def test_a_rule_for_a_number_meets_checks_by_sid(
    line: Line, twilio: FakeTwilio
) -> None:
    _, started = line.start()
    twilio.faults.arm("check", Reason.UNAVAILABLE, to=PHONE)

    assert line.check(line.code(), VerificationSid=started["sid"])[0] == 503


@pytest.mark.parametrize("operation", ["fetch", "cancel", "approve", "lookup"])
def test_every_operation_can_fail(
    line: Line, twilio: FakeTwilio, operation: str
) -> None:
    line.start()
    twilio.faults.arm(operation, 20500, last=1)

    calls = {
        "fetch": lambda: line.fetch(PHONE),
        "cancel": lambda: line.update(PHONE, "canceled"),
        "approve": lambda: line.update(PHONE, "approved"),
        "lookup": lambda: line.call("GET", f"/v2/PhoneNumbers/{PHONE}"),
    }
    assert calls[operation]()[0] == 500
    assert calls[operation]()[0] == 200


def test_a_refusal_does_nothing_else(line: Line, twilio: FakeTwilio) -> None:
    line.start()
    twilio.faults.arm("check", 20503, last=10)
    for _ in range(10):
        line.check(line.wrong(), To=PHONE)

    assert line.check(line.code(), To=PHONE)[1]["status"] == "approved"


@pytest.mark.parametrize("kind", [Break.ANSWER_LOST, Break.ANSWER_LATE])
def test_a_lost_answer_was_processed(
    line: Line, twilio: FakeTwilio, kind: Break
) -> None:
    twilio.faults.arm("start", kind, last=1)

    with pytest.raises(ConnectionBroken) as caught:
        line.start()

    assert caught.value.processed
    assert len(twilio.outbox) == 1
    assert line.check(line.code(), To=PHONE)[1]["status"] == "approved"


@pytest.mark.parametrize("kind", [Break.HANG_UP, Break.REFUSED])
def test_a_connection_that_ends_before_was_not_processed(
    line: Line, twilio: FakeTwilio, kind: Break
) -> None:
    twilio.faults.arm("start", kind, last=1)

    with pytest.raises(ConnectionBroken) as caught:
        line.start()

    assert not caught.value.processed
    assert not twilio.outbox
    assert line.fetch(PHONE)[0] == 404


def test_of_two_rules_the_older_wins_and_both_count(
    line: Line, twilio: FakeTwilio
) -> None:
    older = twilio.faults.arm("start", 60203, last=1)
    newer = twilio.faults.arm("start", 60212, last=2)

    assert line.start()[1]["code"] == 60203
    assert line.start()[1]["code"] == 60212
    assert (older.hits, newer.hits) == (1, 2)


def test_a_rule_can_be_taken_away(line: Line, twilio: FakeTwilio) -> None:
    fault = twilio.faults.arm("start", 60203)
    twilio.faults.arm("start", 60212)

    twilio.faults.disarm(fault)
    assert line.start()[1]["code"] == 60212
    twilio.faults.clear()
    assert line.start()[0] == 201


def test_an_unknown_operation_is_refused_when_armed() -> None:
    with pytest.raises(ValueError, match=r"'send'.*start, check, fetch"):
        TwilioFaults().arm("send", 60203)


def test_an_unknown_code_is_refused_when_armed() -> None:
    with pytest.raises(ValueError, match=r"12345.*60203"):
        TwilioFaults().arm("start", 12345)


@pytest.mark.parametrize(("first", "last"), [(0, None), (-1, 3), (3, 2)])
def test_calls_are_counted_from_one(first: int, last: int | None) -> None:
    with pytest.raises(ValueError, match="1 <= first <= last"):
        TwilioFaults().arm("start", 60203, first=first, last=last)


def test_a_broken_connection_survives_pickle_and_copy() -> None:
    broken = ConnectionBroken(Break.ANSWER_LATE)

    for again in (pickle.loads(pickle.dumps(broken)), copy.copy(broken)):
        assert (again.kind, again.processed) == (broken.kind, True)


def test_a_rule_shows_no_number() -> None:
    assert PHONE not in repr(TwilioFaults().arm("start", 60203, to=PHONE))
