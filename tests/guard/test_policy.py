"""What a policy is made of, and what is refused where it is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.guard.worlds import HOUR, PEPPER, Store, Vendor
from tests.support.kinds import KINDS, Awaited, AwaitedStorage
from verify_core.errors import InvalidSetting
from verify_fakes._clock import FakeClock
from verify_providers.guard import (
    AsyncGuardProvider,
    Budget,
    ClockedMemory,
    CoolDown,
    GuardPolicy,
    GuardProvider,
    Per,
)


@pytest.mark.parametrize(
    "window",
    [
        timedelta(0),
        timedelta(seconds=-1),
        timedelta(milliseconds=1500),
        timedelta(days=1000),
        60,
    ],
)
def test_window_is_whole_seconds(window: timedelta) -> None:
    with pytest.raises(InvalidSetting, match="window"):
        Budget(per=Per.EVERYONE, starts=1, window=window)


@pytest.mark.parametrize("starts", [0, -1, True, 1.5, "5"])
def test_starts_are_counted(starts: int) -> None:
    with pytest.raises(InvalidSetting, match="starts"):
        Budget(per=Per.EVERYONE, starts=starts, window=HOUR)


def test_kind_of_budget_is_known() -> None:
    with pytest.raises(InvalidSetting, match="prefix"):
        Budget(per="planet", starts=1, window=HOUR)  # type: ignore[arg-type]


def test_one_window_of_one_kind_is_given_once() -> None:
    with pytest.raises(InvalidSetting, match="twice"):
        GuardPolicy(
            budgets=[
                Budget(per=Per.EVERYONE, starts=starts, window=HOUR)
                for starts in (1, 2)
            ]
        )


@pytest.mark.parametrize(
    "steps", [(), (timedelta(seconds=60), timedelta(seconds=30)), 5, "30"]
)
def test_steps_do_not_shrink(steps: tuple[timedelta, ...]) -> None:
    with pytest.raises(InvalidSetting, match="steps"):
        CoolDown(steps=steps)


@pytest.mark.parametrize("name", ["numbers", "cool_down", "spend", "wrong_codes"])
def test_rule_is_of_its_kind(name: str) -> None:
    with pytest.raises(InvalidSetting, match=name):
        GuardPolicy(**{name: 5})  # type: ignore[arg-type]


CLOCK = FakeClock()
VENDOR = Vendor(CLOCK)
POLICY = GuardPolicy()


def guard_of(
    kind: str,
    **options: Any,  # noqa: ANN401 - as theirs
) -> GuardProvider | AsyncGuardProvider:
    if kind == "awaited":
        return AsyncGuardProvider(Awaited(VENDOR), POLICY, **options)
    return GuardProvider(VENDOR, POLICY, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_storage_that_is_shared_needs_a_pepper(kind: str) -> None:
    with pytest.raises(InvalidSetting, match="pepper"):
        guard_of(kind, storage=ClockedMemory(CLOCK))


@pytest.mark.parametrize("kind", KINDS)
def test_pepper_is_long_and_unshown(kind: str) -> None:
    with pytest.raises(InvalidSetting) as short:
        guard_of(kind, pepper="tiny pepper")

    assert "tiny" not in f"{short.value}"


@pytest.mark.parametrize(
    ("kind", "storage"),
    [("blocking", AwaitedStorage(Store(CLOCK))), ("awaited", Store(CLOCK))],
    ids=KINDS,
)
def test_storage_is_of_the_guard_s_kind(kind: str, storage: object) -> None:
    with pytest.raises(InvalidSetting, match="storage: takes a storage of limits"):
        guard_of(kind, storage=storage, pepper=PEPPER)


def test_provider_is_of_the_guard_s_kind() -> None:
    with pytest.raises(InvalidSetting, match="as_async"):
        AsyncGuardProvider(VENDOR, POLICY)  # type: ignore[arg-type]
    with pytest.raises(InvalidSetting, match="Async"):
        GuardProvider(Awaited(VENDOR), POLICY)  # type: ignore[arg-type]
