"""The fake by URL: `fake://?seed=1&profile=check-by-id`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from verify_core.errors import InvalidSetting, TooSoon
from verify_core.phone import read_phone
from verify_core.provider import LookupKey
from verify_core.provider_settings import ProviderSettings
from verify_core.verification import StartRequest, Verdict
from verify_fakes import PROFILES, AsyncFakeVerifyProvider, FakeVerifyProvider
from verify_fakes._clock import RunningClock
from verify_fakes.memory import async_from_settings, from_settings

PHONE = read_phone("+1 555 323 1234")
SMS = StartRequest(identifier=PHONE)


def settings_of(**changes: object) -> ProviderSettings:
    return ProviderSettings(name="fake", **changes)  # type: ignore[arg-type]


class TestSettings:
    def test_seed_is_read(self) -> None:
        fake = from_settings(settings_of(options={"seed": "1"}))
        again = FakeVerifyProvider(seed=1)

        assert fake.start(SMS).ref.attempt_id == again.start(SMS).ref.attempt_id
        assert fake.outbox[-1].code == again.outbox[-1].code

    def test_no_options_is_an_unpredictable_fake(self) -> None:
        assert from_settings(settings_of()).capabilities.fetch is LookupKey.EITHER

    @pytest.mark.parametrize("name", PROFILES)
    def test_profile_is_read(self, name: str) -> None:
        fake = from_settings(settings_of(options={"profile": name}))

        assert fake.capabilities == PROFILES[name].capabilities

    @pytest.mark.parametrize(
        ("changes", "setting"),
        [
            ({"options": {"sed": "1"}}, "sed"),
            ({"options": {"seed": "one"}}, "seed"),
            ({"options": {"profile": "vonnage"}}, "profile"),
            ({"user": "AC1"}, "user"),
            ({"secret": "s3cret"}, "secret"),
            ({"host": "verify"}, "host"),
            ({"path": "VA1"}, "path"),
        ],
    )
    def test_what_is_not_known_is_refused_by_name(
        self, changes: dict[str, object], setting: str
    ) -> None:
        with pytest.raises(InvalidSetting) as caught:
            from_settings(settings_of(**changes))

        assert caught.value.setting == setting
        assert not re.search("s3cret", str(caught.value))


class TestTime:
    """A program that has only the URL runs in real time, and so does its fake."""

    @pytest.mark.parametrize("make", [from_settings, async_from_settings])
    def test_it_is_the_machines(
        self,
        make: Callable[
            [ProviderSettings], FakeVerifyProvider | AsyncFakeVerifyProvider
        ],
    ) -> None:
        before = datetime.now(UTC)
        clock = make(settings_of()).clock

        assert before <= clock.now() <= datetime.now(UTC)

    def test_a_code_expires_and_limits_end_as_it_passes(self) -> None:
        fake = from_settings(settings_of(options={"profile": "tells-ends-apart"}))
        assert isinstance(fake.clock, RunningClock)
        ref = fake.start(SMS).ref
        for _ in range(4):
            ref = fake.start(SMS, previous=ref).ref
        with pytest.raises(TooSoon):
            fake.start(SMS, previous=ref)

        ends = ref.created_at + timedelta(minutes=10)
        fake.clock.run_on(lambda: ends)

        assert fake.check(ref, fake.outbox[-1].code).verdict is Verdict.EXPIRED
        assert fake.start(SMS).ref.sends == 1

    def test_it_can_still_be_moved(self) -> None:
        fake = from_settings(settings_of())
        ref = fake.start(SMS).ref

        fake.clock.advance(timedelta(minutes=10))

        assert fake.check(ref, fake.outbox[-1].code).verdict is Verdict.GONE
