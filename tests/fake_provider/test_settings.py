"""The fake by URL: `fake://?seed=1&profile=check-by-id`."""

from __future__ import annotations

import re

import pytest

from verify_core.errors import InvalidSetting
from verify_core.phone import read_phone
from verify_core.provider import LookupKey
from verify_core.provider_settings import ProviderSettings
from verify_core.verification import (
    StartRequest,
)
from verify_fakes import PROFILES, FakeVerifyProvider
from verify_fakes.memory import from_settings

PHONE = read_phone("+1 555 323 1234")
SMS = StartRequest(identifier=PHONE)


def settings_of(**changes: object) -> ProviderSettings:
    return ProviderSettings(name="fake", **changes)  # type: ignore[arg-type]


class TestSettings:
    def test_seed_is_read(self) -> None:
        fake = from_settings(settings_of(options={"seed": "1"}))
        again = FakeVerifyProvider(seed=1)

        assert fake.start(SMS) == again.start(SMS)

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
