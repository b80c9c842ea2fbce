"""Values of the fake Twilio that hold a number, a code or a secret, two of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import evolve

from tests.secrecy.doors import CODE, EMAIL, OWN_CODE, PHONE, TOKEN
from verify_fakes import FakeTwilio
from verify_fakes.twilio.http._exchange import read_request
from verify_fakes.twilio.http._routing import RoutedRequest
from verify_fakes.twilio.machine._commands import (
    CheckCommand,
    StartCommand,
    TemplateChoice,
    TwilioRefusal,
)
from verify_fakes.twilio.machine._errors import Reason
from verify_fakes.twilio.machine._lookup import look_up
from verify_fakes.twilio.machine._numbers import Traits
from verify_fakes.twilio.machine._state import (
    SentCode,
    TwilioChannel,
    TwilioVerification,
)
from verify_fakes.twilio.resources._attempts import Attempt
from verify_fakes.twilio.resources._events import HookCall, StreamEvent, stream_event
from verify_fakes.twilio.resources._factors import Challenge, Factor
from verify_fakes.twilio.resources._services import SafeNumber, Service, Webhook
from verify_fakes.twilio.resources._templates import Wording
from verify_fakes.twilio.resources._totp import TotpConfig

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
OTHER = "+442079460018"
_STAMPS = {"created_at": NOON, "updated_at": NOON}

START = StartCommand(
    to=PHONE,
    custom_code=OWN_CODE,
    amount=TOKEN,
    payee=EMAIL,
    rate_limits={"who": PHONE},
    templates=(TemplateChoice(sid="HJ1", substitutions={"who": EMAIL}),),
    tags={"who": PHONE},
)
CHECK = CheckCommand(code=CODE, to=PHONE, amount=TOKEN, payee=EMAIL)
VERIFICATION = TwilioVerification(
    sid="VE1",
    service_sid="VA1",
    account_sid="AC1",
    to=PHONE,
    code=CODE,
    sends=(SentCode(NOON, TwilioChannel.SMS),),
    updated_at=NOON,
    amount=TOKEN,
    payee=EMAIL,
    tags={"who": PHONE},
)
FACTOR = Factor(
    sid="YF1",
    friendly_name=EMAIL,
    secret=TOKEN,
    config=TotpConfig(),
    metadata={"who": PHONE},
    **_STAMPS,
)
CHALLENGE = Challenge(
    sid="YC1",
    factor_sid="YF1",
    details={"message": PHONE},
    hidden_details={"code": CODE},
    metadata={"who": EMAIL},
    expires_at=NOON,
    **_STAMPS,
)
SERVICE = FakeTwilio(clock=lambda: NOON, seed=1).services.create(
    options={"Whatsapp.From": PHONE}
)
EVENT = stream_event(
    VERIFICATION, SERVICE, event_id="e", at=NOON, time_to_live=timedelta(minutes=10)
)
HOOK = HookCall(
    id="h",
    type="factor.created",
    at=NOON,
    account_sid="AC1",
    service_sid="VA1",
    webhook_sid="YW1",
    url=f"https://ann:{TOKEN}@example.org",
    form={"factor_friendly_name": EMAIL},
)
WEBHOOK = Webhook(
    sid="YW1",
    friendly_name="x",
    event_types=("*",),
    url=f"https://ann:{TOKEN}@example.org",
    **_STAMPS,
)
REQUEST = read_request(
    "POST",
    f"https://verify.twilio.com/v2/Services/VA1/Verifications/{PHONE}",
    {},
    f"To={PHONE}&Code={CODE}&To={EMAIL}",
    request_id="RQ1",
)
ROUTED = RoutedRequest(
    store=None,  # type: ignore[arg-type]  a store prints nothing of what it holds
    request=REQUEST,
    names=("VA1", PHONE),
    given={"Code": CODE},
)


def _traits(number: str) -> Traits:
    traits = Traits()
    traits.landline(number)
    traits.verify(number)
    traits.block_prefix(number)
    return traits


def _fault(to: str) -> object:
    return FakeTwilio(seed=1).faults.arm("check", 60202, to=to)


def _attempt(verification: TwilioVerification) -> Attempt:
    return Attempt(sid="VL1", verification=verification, arrived=True, locale="en")


def _safe(number: str) -> SafeNumber:
    return SafeNumber(sid="GN1", account_sid="AC1", phone_number=number)


def _refusal(to: str) -> TwilioRefusal:
    return TwilioRefusal(reason=Reason.INVALID_TO, detail=to)


def _event(body: dict[str, object]) -> StreamEvent:
    return evolve(EVENT, body=body)


def _service(options: dict[str, str]) -> Service:
    return evolve(SERVICE, options=options)


FAKE_TWILIO: dict[str, tuple[object, object]] = {
    "start": (START, evolve(START, to=OTHER)),
    "start with a code": (START, evolve(START, custom_code=CODE)),
    "start with tags": (START, evolve(START, tags={})),
    "check": (CHECK, evolve(CHECK, code="0000")),
    "refusal": (_refusal(PHONE), _refusal(EMAIL)),
    "verification": (VERIFICATION, evolve(VERIFICATION, to=OTHER)),
    "verification by code": (VERIFICATION, evolve(VERIFICATION, code=OWN_CODE)),
    "verification by payment": (VERIFICATION, evolve(VERIFICATION, amount=None)),
    "looked up": (look_up(PHONE), look_up(OTHER)),
    "looked up in vain": (look_up("+1" + PHONE[1:]), look_up("+44" + PHONE[1:])),
    "traits": (_traits(PHONE), _traits(OTHER)),
    "armed fault": (_fault(PHONE), _fault(OTHER)),
    "attempt": (_attempt(VERIFICATION), _attempt(evolve(VERIFICATION, code="1234"))),
    "factor": (FACTOR, evolve(FACTOR, secret=CODE)),
    "challenge": (CHALLENGE, evolve(CHALLENGE, hidden_details={"code": OWN_CODE})),
    "event": (EVENT, _event({"to": EMAIL})),
    "hook call": (HOOK, evolve(HOOK, form={"code": CODE})),
    "webhook": (WEBHOOK, evolve(WEBHOOK, url=f"https://example.org/{TOKEN}")),
    "safe number": (_safe(PHONE), _safe(OTHER)),
    "service": (SERVICE, _service({"Whatsapp.From": TOKEN})),
    "wording": (Wording(f"{CODE} {EMAIL}"), Wording(CODE)),
    "request to the fake": (REQUEST, evolve(REQUEST, parameters={"Code": CODE})),
    "routed request": (ROUTED, evolve(ROUTED, given={"To": EMAIL})),
}
