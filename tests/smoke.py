"""
What an installed wheel must do without a checkout: run by `.ci/run`, not by pytest.

Uses only the base dependencies and prints one line.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import entry_points
from importlib.resources import files

from verify_core import Channel, StartRequest, Verdict, load_provider, read_phone
from verify_fakes import FakeVerifyProvider
from verify_providers.twilio import TwilioVerify


def main() -> None:
    for package in ("verify_core", "verify_fakes", "verify_providers"):
        assert files(package).joinpath("py.typed").is_file(), package
    names = entry_points(group="verify_core.providers").names
    assert {"fake", "twilio"} <= names, names

    provider = load_provider("fake://?seed=1")
    assert isinstance(provider, FakeVerifyProvider)
    number = read_phone("1(555)323-1234")
    started = provider.start(StartRequest(identifier=number, channel=Channel.SMS))
    code = provider.outbox[-1].code
    assert provider.check(started.ref, code).verdict is Verdict.APPROVED
    provider.clock.advance(timedelta(hours=1))
    assert provider.check(started.ref, code).verdict is Verdict.GONE

    live = load_provider(f"twilio://AC{'0' * 32}:token@verify/VA{'0' * 32}", environ={})
    assert isinstance(live, TwilioVerify)
    print("smoke: ok")


if __name__ == "__main__":
    main()
