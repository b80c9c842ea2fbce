"""Every store that comes with the library keeps every rule."""

from __future__ import annotations

import pytest

from tests.own.stores.worlds import MARKED
from verify_core.testing import StoreHarness, store_cases
from verify_core.testing._store_bench import StoreCase


@pytest.mark.parametrize("case", store_cases(), ids=str)
@pytest.mark.parametrize("harness", MARKED)
def test_store_keeps_the_rule(harness: StoreHarness, case: StoreCase) -> None:
    case.check(harness)
