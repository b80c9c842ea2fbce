"""The same laws, and the same lock-step, with a real socket in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

pytest.importorskip("httptools", reason="the server's libraries are not installed")

from tests.conformance.documents import IMPORTANT, Documents
from tests.conformance.over_http import (
    forwarded_harness,
    served_harness,
    standing_account,
)
from tests.support.benches import fake_harness
from tests.support.served import serving
from verify_core.testing import CaseVerdict, all_cases, require_kept, run_cases
from verify_core.testing.machine import lock_step
from verify_fakes.served._process import FakeServerProcess
from verify_fakes.server.twilio._app import FakeTwilioApp

#: A socket costs a millisecond where memory costs microseconds.
STEPS = settings(max_examples=15, stateful_step_count=30)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServerProcess]:
    one = FakeServerProcess()
    yield one
    one.stop()


def test_awaited_provider_keeps_the_laws_over_a_socket(
    server: FakeServerProcess,
) -> None:
    require_kept(run_cases(served_harness(server.new_account, awaited=True)))


def test_provider_keeps_the_laws_over_a_failing_network(
    server: FakeServerProcess,
) -> None:
    """Those laws for which a server that fails by itself has no door."""
    with served_harness(server.new_account).open() as bench:
        left = [case for case in all_cases() if any(need(bench) for need in case.needs)]

    results = run_cases(forwarded_harness(server.new_account), left)

    require_kept(results)
    assert sum(each.verdict is CaseVerdict.PASSED for each in results) >= 40


def test_documents_fake_and_server_agree() -> None:
    """Whatever the history: the same verdicts, states, errors, codes and messages."""
    app = FakeTwilioApp()
    with serving(app) as url:
        served = served_harness(lambda: standing_account(app, url))
        machine = lock_step([fake_harness(), served], Documents)

        run_state_machine_as_test(machine, settings=STEPS)

    unseen = IMPORTANT - set(machine.visits)
    assert not unseen, f"the run never came to {unseen}"
