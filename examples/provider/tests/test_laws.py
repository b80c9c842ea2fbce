"""Every law of the protocol, each as a test of its own."""

import pytest
from verify_pigeon.bench import make

from verify_core.testing import Law, all_cases, every_history


@pytest.mark.parametrize("case", [*all_cases(), every_history], ids=str)
def test_pigeon_post_keeps_the_law(case: Law) -> None:
    case.check(make())
