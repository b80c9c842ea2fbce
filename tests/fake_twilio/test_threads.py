"""Many callers at once: the laws hold all the same."""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from verify_fakes.twilio.resources._totp import TotpConfig, code_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fake_twilio.conftest import Line

PHONE = "+15555550100"
CALLERS = 16


@pytest.fixture(autouse=True)
def hurried() -> Iterator[None]:
    """Let threads take turns so often that a missing lock shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(call: Callable[[], tuple[int, dict[str, object]]]) -> Counter[object]:
    """What so many simultaneous calls were answered: status or error code."""
    barrier = Barrier(CALLERS)

    def wait_and_call(_: int) -> object:
        barrier.wait()
        _, body = call()
        return body.get("code", body.get("status"))

    with ThreadPoolExecutor(CALLERS) as pool:
        return Counter(pool.map(wait_and_call, range(CALLERS)))


@pytest.mark.parametrize("turn", range(5))
def test_exactly_one_check_is_approved(line: Line, turn: int) -> None:
    line.start()
    code = line.code()

    answers = together(lambda: line.check(code, To=PHONE))

    assert answers == {"approved": 1, 20404: CALLERS - 1}


@pytest.mark.parametrize("turn", range(5))
def test_never_a_sixth_check_is_counted(line: Line, turn: int) -> None:
    line.start()
    wrong = line.wrong()

    answers = together(lambda: line.check(wrong, To=PHONE))

    assert answers == {"pending": 5, 60202: CALLERS - 5}


@pytest.mark.parametrize("turn", range(5))
def test_a_rate_limit_lets_exactly_as_many_through(line: Line, turn: int) -> None:
    path = f"/v2/Services/{line.service}/RateLimits"
    _, limit = line.call("POST", path, UniqueName="ip")
    line.call("POST", f"{path}/{limit['sid']}/Buckets", Max="3", Interval="60")

    answers = together(lambda: line.start(RateLimits='{"ip": "192.0.2.1"}'))

    assert answers == {"pending": 3, 20429: CALLERS - 3}


@pytest.mark.parametrize("turn", range(5))
def test_a_challenge_is_approved_once(line: Line, turn: int) -> None:
    path = f"/v2/Services/{line.service}/Entities/ann-from-accounting"
    form = {"FriendlyName": "Phone", "FactorType": "totp"}
    _, factor = line.call("POST", f"{path}/Factors", form)
    now = line.twilio.clock.now()
    code = code_at(factor["binding"]["secret"], TotpConfig(), at=now)
    line.call("POST", f"{path}/Factors/{factor['sid']}", AuthPayload=code)
    _, made = line.call("POST", f"{path}/Challenges", FactorSid=factor["sid"])

    answers = together(
        lambda: line.call("POST", f"{path}/Challenges/{made['sid']}", AuthPayload=code)
    )

    assert answers == {"approved": 1, 60322: CALLERS - 1}


@pytest.mark.parametrize("turn", range(5))
def test_never_a_sixth_message_is_sent(line: Line, turn: int) -> None:
    answers = together(line.start)

    assert answers == {"pending": 5, 60203: CALLERS - 5}
    assert len({message.code for message in line.twilio.outbox}) == 1
