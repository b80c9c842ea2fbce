"""Every law of the protocol, each as a test of its own, for both ways to wait."""

import pytest
from verify_pigeon.bench import make, make_awaited

from verify_core.testing import Harness, Law, all_cases, every_history


@pytest.mark.parametrize("harness", [make(), make_awaited()], ids=str)
@pytest.mark.parametrize("case", [*all_cases(), every_history], ids=str)
def test_pigeon_post_keeps_the_law(case: Law, harness: Harness) -> None:
    case.check(harness)
