"""Every law of the protocol, each as a test of its own."""

import pytest
from verify_pigeon.bench import make

from verify_core.testing import Case, all_cases


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_pigeon_post_keeps_the_law(case: Case) -> None:
    case.check(make())
