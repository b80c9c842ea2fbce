"""The laws of the protocol, held against codes of our own."""

from __future__ import annotations

import pytest

from tests.support.benches import never_passed
from tests.support.own import AT_ONCE, SAME_CODE, own_harness
from verify_core.channels import Channel
from verify_core.testing import Harness, require_kept, run_cases
from verify_providers.own import CodePolicy

HARNESSES = [
    own_harness(is_awaited=is_awaited, policy=policy)
    for policy in (AT_ONCE, SAME_CODE)
    for is_awaited in (False, True)
]
HARNESSES += [
    own_harness(is_awaited=True, policy=CodePolicy(), channels=(Channel.SMS,)),
    own_harness(is_awaited=False, policy=CodePolicy(), channels=(Channel.EMAIL,)),
]


@pytest.mark.parametrize("under_test", HARNESSES, ids=str)
def test_own_codes_keep_the_laws(under_test: Harness) -> None:
    require_kept(run_cases(under_test))


#: What a vendor over HTTP does, or declares, and we do not.
OF_OTHER_VENDORS = {
    "cancel_outside_its_window_is_too_late",
    "cancel_says_that_it_cannot",
    "cancel_works_within_its_window",
    "custom_code_is_refused",
    "exchanged_key_is_used_at_once",
    "failure_inside_leaves_a_reference",
    "fetch_says_that_it_cannot",
    "odd_id_leads_to_no_other_path",
    "page_of_a_proxy_cancels_nothing",
    "page_of_a_proxy_is_no_state",
    "page_of_a_proxy_is_no_verdict",
    "redirected_cancel_is_not_followed",
    "redirected_fetch_is_not_followed",
    "reference_without_an_id_is_checked_by_identifier",
    "resend_with_a_custom_code_is_refused",
    "running_verification_refuses_a_second",
    "stalled_vendor_is_given_up_in_time",
    "trickling_vendor_is_given_up_in_time",
    "unknown_status_is_called_unknown",
    "unknown_status_is_never_approved",
    "waiting_leaves_the_loop_free",
}


def test_every_other_case_passes_somewhere() -> None:
    assert never_passed(HARNESSES) == OF_OTHER_VENDORS
