"""An account on a served fake, as a test holds it; and the process behind it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests

from tests.secrecy.doors import CODE, OWN_CODE, PHONE as NUMBER, leaks_of
from verify_core import Verdict, Verifier, load_provider
from verify_core.errors import Refused, TooSoon
from verify_fakes.served import ServedTwilio, SideDoorRefused
from verify_fakes.served._process import FakeServerProcess

pytest.importorskip("httptools")

PHONE = "+15553231234"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServerProcess]:
    running = FakeServerProcess()
    yield running
    running.stop()


@pytest.fixture
def account(server: FakeServerProcess) -> ServedTwilio:
    return server.new_account(seed=7)


@pytest.fixture
def verifier(account: ServedTwilio) -> Verifier:
    return Verifier(load_provider(environ=account.environ))


def test_its_environment_leads_the_provider_to_it(
    account: ServedTwilio, verifier: Verifier
) -> None:
    started = verifier.start(PHONE)

    assert account.outbox[-1].to == PHONE
    checked = verifier.check(started.ref, account.outbox[-1].code)
    assert checked.verdict is Verdict.APPROVED
    assert [seen["operation"] for seen in account.requests] == [
        "CreateVerification",
        "CreateVerificationCheck",
    ]


def test_moving_its_clock_lets_a_code_expire(
    account: ServedTwilio, verifier: Verifier
) -> None:
    started = verifier.start(PHONE)
    before = account.clock.now()
    account.clock.advance(timedelta(minutes=11))

    assert account.clock.now() - before >= timedelta(minutes=11)
    code = account.outbox[-1].code
    assert verifier.check(started.ref, code).verdict is Verdict.GONE
    account.clock.set(before + timedelta(hours=1))
    assert account.clock.now() >= before + timedelta(hours=1)


def test_faults_hit_and_are_counted(account: ServedTwilio, verifier: Verifier) -> None:
    account.arm_fault("start", error=60203, first=2, last=2)
    verifier.start(PHONE)
    with pytest.raises(TooSoon):
        verifier.start(PHONE)
    verifier.start(PHONE)

    assert [rule["hits"] for rule in account.faults] == [1]
    account.clear_faults()
    assert account.faults == []


def test_numbers_and_codes_are_as_told(
    account: ServedTwilio, verifier: Verifier
) -> None:
    account.set_numbers(blocked_prefixes=["+4477"])
    account.fix_code(PHONE, "271828")

    with pytest.raises(Refused):
        verifier.start("+447700900123")
    verifier.start(PHONE)
    assert account.outbox[-1].code == "271828"


def test_limits_can_be_lifted(account: ServedTwilio, verifier: Verifier) -> None:
    for _ in range(5):
        verifier.start(PHONE)
    with pytest.raises(TooSoon):
        verifier.start(PHONE)

    account.reset(limits=False)

    for _ in range(7):
        verifier.start(PHONE)
    assert len(account.outbox) == 7


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (lambda account: account.arm_fault("nonsense", error=60203), "operation"),
        (lambda account: account.arm_fault("start", error=1), "error"),
        (lambda account: account.clock.advance(timedelta(seconds=-1)), "advance_s"),
        (lambda account: account.reset(profile="nonsense"), "profile"),
        (lambda account: account.set_numbers(colour=["red"]), "colour"),
    ],
)
def test_what_the_side_door_cannot_use_is_named(
    account: ServedTwilio,
    act: object,
    field: str,
) -> None:
    assert callable(act)
    with pytest.raises(SideDoorRefused, match=f"^{field}: "):
        act(account)


@pytest.mark.parametrize(
    "act",
    [
        lambda account: account.fix_code(NUMBER, OWN_CODE),
        lambda account: account.arm_fault("start", error=60203, to=NUMBER, first=0),
        lambda account: account.set_numbers(landline=[NUMBER], colour=[]),
        lambda account: account.ask("POST", "/codes", {"to": NUMBER, "code": CODE * 9}),
    ],
)
def test_a_refusal_shows_no_number_and_no_code(
    account: ServedTwilio, act: Callable[[ServedTwilio], None]
) -> None:
    with pytest.raises(SideDoorRefused) as caught:
        act(account)

    assert leaks_of(caught.value) == []


def test_two_accounts_share_nothing(server: FakeServerProcess) -> None:
    one, other = server.new_account(), server.new_account()
    Verifier(load_provider(one.provider_url)).start(PHONE)
    one.clock.advance(timedelta(days=1))

    assert other.outbox == []
    assert one.clock.now() - other.clock.now() > timedelta(hours=23)


def test_its_token_is_not_shown(account: ServedTwilio) -> None:
    assert account.auth_token not in repr(account)


def test_a_token_of_the_environment_does_not_lock_the_tests_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VERIFY_FAKES_TOKEN", "secret")
    server = FakeServerProcess()

    assert server.new_account().outbox == []
    server.stop()


def test_the_server_ends_with_its_parent_however_that_ends() -> None:
    code = (
        "import os; from verify_fakes.served._process import FakeServerProcess; "
        "print(FakeServerProcess().url, flush=True); os._exit(9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=False
    )
    url = done.stdout.strip()

    assert done.returncode == 9
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        try:
            requests.get(f"{url}/_fake/health", timeout=1)
        except requests.ConnectionError:
            return
    pytest.fail("the server is still there")
