"""The laws of the protocol hold through a guard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.benches import SPANNING, fake_harness
from verify_core.provider import VerifyProvider
from verify_core.testing import Harness, require_kept, run_cases
from verify_providers.guard import (
    Budget,
    GuardPolicy,
    GuardProvider,
    Per,
    WrongCodes,
)


def guarded(inner: VerifyProvider) -> GuardProvider:
    """A guard that counts everything and has room for all."""
    budgets = [Budget(per=per, starts=999, window=timedelta(hours=1)) for per in Per]
    return GuardProvider(inner, GuardPolicy(budgets=budgets, wrong_codes=WrongCodes()))


HARNESSES = [fake_harness(profile, guarded, name="guard") for profile in SPANNING]


@pytest.mark.parametrize("under_test", HARNESSES, ids=str)
def test_guard_keeps_the_laws(under_test: Harness) -> None:
    require_kept(run_cases(under_test))
