"""The laws of the protocol, held against a failover over two fakes."""

from __future__ import annotations

import pytest

from tests.support.benches import OTHERWISE, never_passed
from tests.support.failover import failover_harness
from verify_core.provider import Resend
from verify_core.testing import Harness, require_kept, run_cases
from verify_fakes.memory import CHECK_BY_ID, LEAST, NEW_CODE, ONE_AT_A_TIME, TWILIO_LIKE

#: Two vendors of one kind, by what a failover must know of them; then two kinds.
HARNESSES = [
    failover_harness(TWILIO_LIKE, TWILIO_LIKE, second=False),
    failover_harness(CHECK_BY_ID, CHECK_BY_ID, second=True),
    failover_harness(ONE_AT_A_TIME, ONE_AT_A_TIME, second=True),
    failover_harness(LEAST, LEAST, second=True),
    failover_harness(OTHERWISE, OTHERWISE, second=False),
    failover_harness(OTHERWISE, OTHERWISE, second=True),
    failover_harness(TWILIO_LIKE, NEW_CODE, second=True),
    failover_harness(CHECK_BY_ID, TWILIO_LIKE, second=False),
    failover_harness(TWILIO_LIKE, LEAST, second=False),
]


@pytest.mark.parametrize("under_test", HARNESSES, ids=str)
def test_failover_keeps_the_laws(under_test: Harness) -> None:
    require_kept(run_cases(under_test))


#: What no profile of the in-memory fake declares, or its bench can arrange.
OF_OTHER_VENDORS = {
    "made_up_reference_has_no_state",
    "redirected_cancel_is_not_followed",
    "redirected_fetch_is_not_followed",
    "waiting_leaves_the_loop_free",
    "code_length_hint_is_honoured",
    "code_length_hint_of_a_resend_is_kept_or_listed",
    "exchanged_key_is_used_at_once",
    "no_key_is_shown",
    "nothing_is_asked_before_the_first_call",
    "odd_id_leads_to_no_other_path",
    "page_of_a_proxy_cancels_nothing",
    "page_of_a_proxy_is_no_state",
    "page_of_a_proxy_is_no_verdict",
    "repeated_start_is_replayed",
    "stated_wait_is_passed_on",
    "time_to_live_hint_is_honoured",
}


def test_every_case_applies_to_some_pair() -> None:
    assert never_passed(HARNESSES) == OF_OTHER_VENDORS


def test_pair_that_differs_promises_no_kind_of_resend() -> None:
    with failover_harness(TWILIO_LIKE, NEW_CODE, second=False).open() as bench:
        assert bench.provider.capabilities.resend is Resend.VARIES
