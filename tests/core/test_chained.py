"""What an error drags along: no text of the caller's, also where nobody prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.each import require_each
from verify_core import Channel, EmailAddress, StartRequest, Verifier, read_phone
from verify_core.channels import read_channel
from verify_core.errors import InputError, InvalidSetting
from verify_core.identifiers import read_identifier
from verify_core.nodes import SenderNode, read_outcome
from verify_core.phone import PhonePolicy
from verify_core.registry import load_provider
from verify_core.tokens import TokenKeys, from_token
from verify_core.verification import StartHints, VerificationRef
from verify_fakes import FakeVerifyProvider
from verify_providers.guard import Budget, GuardPolicy, SpendLimit
from verify_providers.test_numbers import TestNumbers
from verify_providers.twilio import TwilioExtras, TwilioVerify
from verify_providers.vonage import VonageVerify, WhatsAppStep

HUSH = "hush+15553231234x"
NUMBER = read_phone("+15553231234")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAKE = FakeVerifyProvider(seed=1)
ACCOUNT = {"account_sid": "AC" + "a1" * 16, "service_sid": "VA" + "b2" * 16}
APPLICATION = "1" * 8 + ("-" + "2" * 4) * 3 + "-" + "3" * 12
REF: dict[str, object] = VerificationRef(
    provider="fake",
    vendor_id="1",
    identifier=NUMBER,
    channel=Channel.SMS,
    attempt_id="a",
    created_at=NOON,
).to_json()


def ref_with(**other: object) -> VerificationRef:
    return VerificationRef.from_json(REF | other)


def start(**other: Any) -> StartRequest:  # noqa: ANN401 - of whatever type
    return StartRequest(identifier=NUMBER, **other)


def sent_to(text: str) -> object:
    return Verifier(FAKE).start(text)


def open_token(token: str) -> object:
    keys = TokenKeys(keys={"k": TokenKeys.new_key()})
    return from_token(token, keys, now=NOON)


def twilio(**other: Any) -> object:  # noqa: ANN401 - of whatever type
    return TwilioVerify(**{**ACCOUNT, "auth_token": "t" * 32, **other})


CALLS: dict[str, Callable[[], object]] = {
    "number": lambda: read_phone(HUSH),
    "number of letters": lambda: read_phone("1555323hush1234"),
    "identifier": lambda: read_identifier(HUSH, Channel.SMS, PhonePolicy()),
    "address": lambda: EmailAddress(f"{HUSH}@@example.org"),
    "address by number": lambda: read_identifier(
        f"{HUSH}@example.org", Channel.SMS, PhonePolicy()
    ),
    "start": lambda: sent_to(HUSH),
    "channel": lambda: read_channel(HUSH),
    "channel of a start": lambda: start(channel=HUSH),
    "channel of a node": lambda: SenderNode(provider=FAKE, channel=HUSH),  # type: ignore[arg-type]
    "outcome": lambda: read_outcome(HUSH),
    "address of the client": lambda: start(client_address=HUSH),
    "hints": lambda: StartHints(code_length=10**30),
    "number types": lambda: PhonePolicy(denied_types={HUSH}),  # type: ignore[arg-type]
    "regions": lambda: PhonePolicy(allowed_regions={HUSH}),
    "reference": lambda: VerificationRef.from_json(HUSH),
    "reference's number": lambda: ref_with(
        identifier={"kind": "phone", "value": HUSH, "region": None}
    ),
    "reference's time": lambda: ref_with(created_at=HUSH),
    "reference's channel": lambda: ref_with(channel=HUSH),
    "reference's count": lambda: ref_with(sends=HUSH),
    "token": lambda: open_token(f"v1.k.{HUSH}"),
    "token's key": lambda: TokenKeys(keys={"k": HUSH}),
    "token's key of half characters": lambda: TokenKeys(keys={"k": HUSH + "\udcff"}),
    "provider's URL": lambda: load_provider(f"{HUSH}://{HUSH}@[::1"),
    "provider's port": lambda: load_provider(f"fake://u:{HUSH}"),
    "seed": lambda: load_provider(f"fake://?seed={HUSH}"),
    "profile": lambda: load_provider(f"fake://?profile={HUSH}"),
    "account": lambda: twilio(account_sid=HUSH),
    "vendor's URL": lambda: twilio(base_url=f"https://{HUSH}:{HUSH}"),
    "vendor's URL's brackets": lambda: twilio(base_url=f"https://[{HUSH}"),
    "time to wait": lambda: load_provider(
        f"twilio://AC{'a' * 32}:t@verify/VA{'b' * 32}?timeout={HUSH}"
    ),
    "device's address": lambda: TwilioExtras(device_ip=HUSH),
    "risk check": lambda: TwilioExtras(risk_check=HUSH),  # type: ignore[arg-type]
    "private key": lambda: VonageVerify(
        application_id=APPLICATION, private_key=HUSH, brand="A"
    ),
    "mode": lambda: WhatsAppStep(sender="15550001111", mode=HUSH),  # type: ignore[arg-type]
    "budget": lambda: Budget(per=HUSH, starts=1, window=timedelta(hours=1)),  # type: ignore[arg-type]
    "guard's mode": lambda: GuardPolicy(mode=HUSH),  # type: ignore[arg-type]
    "spend": lambda: SpendLimit(amount=HUSH, window=timedelta(hours=1)),
    "test number": lambda: TestNumbers(FAKE, {HUSH: "123456"}, until=NOON),
    "test code": lambda: TestNumbers(FAKE, {NUMBER.e164: HUSH}, until=NOON),
}


def chained(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


def test_an_error_carries_nothing_of_what_was_passed() -> None:
    """Error trackers follow `__context__`, `from None` or not."""

    def carries_nothing(name: str) -> None:
        with pytest.raises((InputError, InvalidSetting)) as caught:
            CALLS[name]()
        for error in chained(caught.value):
            carried = f"{error} {error!r} {error.args} {getattr(error, 'object', '')}"
            assert "hush" not in carried
            assert "5553231234" not in carried

    require_each(CALLS, carries_nothing)
