"""
A walk through every served operation with the official SDK, and what it leaves behind.

The walk is a generator of calls, so that the sync and the async client take the same
one: each step is (resource, method name, arguments), and gets the result sent back.
"""

from __future__ import annotations

import base64
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import urlencode

import responses
from attrs import field, frozen

from verify_fakes import FakeClock, FakeTwilio
from verify_fakes.served import ServedTwilio
from verify_fakes.twilio.http._exchange import read_request
from verify_fakes.twilio.http._wire import route_of
from verify_fakes.twilio.resources._totp import TotpConfig, code_at

ACCOUNT = "AC" + "1" * 32
PHONE = "+15555550100"
SAFE = "+15555550111"
IDENTITY = "ff483d1ff591898a9942916050d2ca3f"
SENDER = "MG" + "0" * 32

#: A resource of the SDK, the name of its method, the method's arguments.
Step: TypeAlias = tuple[Any, str, dict[str, Any]]
Walk: TypeAlias = Generator[Step, Any, None]
#: What the walk sees besides the API's answers: messages, and the time.
Seen: TypeAlias = FakeTwilio | ServedTwilio


@frozen(kw_only=True)
class Exchange:
    """One request and its answer, with the operation that it was."""

    operation: str
    method: str
    url: str
    agent: str
    body: bytes | str | None = field(repr=False)
    status: int
    answered: bytes = field(repr=False)


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | str | None,
    status: int,
    answered: bytes,
) -> Exchange:
    """A request and its answer, as they were on the wire."""
    route = route_of(read_request(method, url, headers, body, request_id="RQ"))
    return Exchange(
        operation=route.operation if route else "",
        method=method,
        url=url,
        agent={k.lower(): v for k, v in headers.items()}.get("user-agent", ""),
        body=body,
        status=status,
        answered=answered,
    )


class RecordingTwilio(FakeTwilio):
    """
    A fake that keeps every exchange whole.

    Attributes:
        log: Everything that it was asked and answered.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - the fake's own
        super().__init__(**settings)
        self.log: list[Exchange] = []

    def handle(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        status, back, answered = super().handle(method, url, headers, body)
        self.log.append(exchange(method, url, headers, body, status, answered))
        return status, back, answered


def walk(client: Any, twilio: Seen) -> Walk:  # noqa: ANN401  the SDK has no stubs
    """Every served operation, each with an answer that is no error."""
    v2 = client.verify.v2
    service = yield from _services(v2)
    s = v2.services(service.sid)
    yield from _verifications(v2, s, twilio)
    yield from _rate_limits(s)
    yield from _messaging(v2, s)
    yield from _webhooks(s)
    yield from _entities(s, twilio)
    numbers = client.lookups.v2.phone_numbers
    yield (
        numbers(PHONE),
        "fetch",
        {"fields": "line_type_intelligence,line_status,sms_pumping_risk"},
    )
    first = client.lookups.v1.phone_numbers
    of = yield first(PHONE), "fetch", {"type": ["carrier", "caller-name"]}
    assert (of.carrier["type"], of.country_code) == ("mobile", "US")
    assert (of.caller_name["error_code"], of.add_ons) == (None, None)
    yield s, "delete", {}


def _services(v2: Any) -> Generator[Step, Any, Any]:  # noqa: ANN401
    for name in ("Shop", "Store", "Stall"):
        service = yield v2.services, "create", {"friendly_name": name}
    found = yield v2.services, "list", {"page_size": 2}
    assert [each.friendly_name for each in found] == ["Shop", "Store", "Stall"]
    s = v2.services(service.sid)
    changes = {"code_length": 8, "totp_issuer": "Me", "custom_code_enabled": True}
    changed = yield s, "update", changes
    assert (changed.code_length, changed.totp["issuer"]) == (8, "Me")
    fetched = yield s, "fetch", {}
    assert fetched.custom_code_enabled is True
    return service


def _verifications(v2: Any, s: Any, twilio: Seen) -> Walk:  # noqa: ANN401
    made = yield s.verifications, "create", {"to": PHONE, "channel": "sms"}
    fetched = yield s.verifications(made.sid), "fetch", {}
    assert (fetched.status, fetched.valid) == ("pending", False)
    code = {"to": PHONE, "code": twilio.outbox[-1].code}
    checked = yield s.verification_checks, "create", code
    assert (checked.status, checked.valid) == ("approved", True)
    second = yield s.verifications, "create", {"to": PHONE, "channel": "call"}
    canceled = yield s.verifications(second.sid), "update", {"status": "canceled"}
    assert canceled.status == "canceled"
    attempts = yield v2.verification_attempts, "list", {"page_size": 1}
    assert [a.conversion_status for a in attempts] == ["unconverted", "converted"]
    attempt = yield v2.verification_attempts(attempts[1].sid), "fetch", {}
    assert attempt.channel_data["to"] == PHONE
    summary = yield v2.verification_attempts_summary(), "fetch", {}
    assert (summary.total_attempts, summary.conversion_rate_percentage) == (2, "50")


def _rate_limits(s: Any) -> Walk:  # noqa: ANN401
    for name in ("ip", "user", "device"):
        limit = yield s.rate_limits, "create", {"unique_name": name}
    found = yield s.rate_limits, "list", {"page_size": 2}
    assert len(found) == 3
    one = s.rate_limits(limit.sid)
    changed = yield one, "update", {"description": "By device"}
    assert changed.description == "By device"
    yield one, "fetch", {}
    for interval in (60, 3600):
        bucket = yield one.buckets, "create", {"max": 3, "interval": interval}
    found = yield one.buckets, "list", {"page_size": 1}
    assert [each.interval for each in found] == [60, 3600]
    changed = yield one.buckets(bucket.sid), "update", {"max": 5, "interval": 7200}
    assert (changed.max, changed.interval) == (5, 7200)
    yield one.buckets(bucket.sid), "fetch", {}
    yield one.buckets(bucket.sid), "delete", {}
    yield one, "delete", {}


def _messaging(v2: Any, s: Any) -> Walk:  # noqa: ANN401
    configurations = s.messaging_configurations
    for country in ("all", "CA"):
        form = {"country": country, "messaging_service_sid": SENDER}
        yield configurations, "create", form
    found = yield configurations, "list", {"page_size": 1}
    assert [each.country for each in found] == ["all", "CA"]
    yield configurations("CA"), "fetch", {}
    changed = yield (
        configurations("CA"),
        "update",
        {"messaging_service_sid": "MG" + "1" * 32},
    )
    assert changed.messaging_service_sid == "MG" + "1" * 32
    yield configurations("CA"), "delete", {}
    templates = yield v2.templates, "list", {"page_size": 1}
    assert [each.friendly_name for each in templates] == ["First", "Second"]
    safe = yield v2.safelist, "create", {"phone_number": SAFE}
    fetched = yield v2.safelist(SAFE), "fetch", {}
    assert (fetched.sid, fetched.phone_number) == (safe.sid, SAFE)
    yield v2.safelist(SAFE), "delete", {}


def _webhooks(s: Any) -> Walk:  # noqa: ANN401
    for name in ("one", "two"):
        webhook = yield (
            s.webhooks,
            "create",
            {
                "friendly_name": name,
                "event_types": ["factor.created", "challenge.approved"],
                "webhook_url": "https://example.org/hook",
            },
        )
    assert webhook.event_types == ["factor.created", "challenge.approved"]
    found = yield s.webhooks, "list", {"page_size": 1}
    assert len(found) == 2
    one = s.webhooks(webhook.sid)
    changed = yield one, "update", {"status": "disabled", "event_types": ["*"]}
    assert (changed.status, changed.event_types) == ("disabled", ["*"])
    yield one, "fetch", {}
    yield one, "delete", {}


def _entities(s: Any, twilio: Seen) -> Walk:  # noqa: ANN401
    yield s.entities, "create", {"identity": IDENTITY}
    yield s.entities, "create", {"identity": "somebody-else"}
    found = yield s.entities, "list", {"page_size": 1}
    assert [each.identity for each in found] == [IDENTITY, "somebody-else"]
    entity = s.entities(IDENTITY)
    yield entity, "fetch", {}
    form = {"friendly_name": "Ann's phone", "factor_type": "totp"}
    made = yield entity.new_factors, "create", form
    assert made.binding["uri"].startswith("otpauth://totp/Me:Ann%27s%20phone?secret=")
    yield entity.new_factors, "create", form
    factor = entity.factors(made.sid)
    fetched = yield factor, "fetch", {}
    assert fetched.status == "unverified"
    code = code_at(made.binding["secret"], TotpConfig(), at=twilio.clock.now())
    verified = yield factor, "update", {"auth_payload": code}
    assert verified.status == "verified"
    found = yield entity.factors, "list", {"page_size": 1}
    assert [each.status for each in found] == ["verified", "unverified"]
    challenges = entity.challenges
    form = {
        "factor_sid": made.sid,
        "details_message": "Sign in?",
        "details_fields": [{"label": "From", "value": "a new phone"}],
        "hidden_details": {"ip": "192.0.2.1"},
        "expiration_date": twilio.clock.now() + timedelta(minutes=9),
    }
    first = yield challenges, "create", form
    assert (first.status, first.hidden_details) == ("pending", {"ip": "192.0.2.1"})
    answered = yield challenges(first.sid), "update", {"auth_payload": code}
    assert answered.status == "approved"
    yield challenges(first.sid), "fetch", {}
    second = yield challenges, "create", {"factor_sid": made.sid, "auth_payload": code}
    assert second.status == "approved"
    found = yield challenges, "list", {"page_size": 1, "order": "desc"}
    assert [each.sid for each in found] == [second.sid, first.sid]
    yield factor, "delete", {}
    yield entity, "delete", {}


@contextmanager
def opened() -> Generator[tuple[FakeTwilio, list[Exchange]]]:
    """A fake for one walk, and its log."""
    twilio = RecordingTwilio(seed=3, clock=FakeClock())
    for name in ("First", "Second"):
        texts = {"en": "Code {{code}}", "de": "Kode {{code}}"}
        twilio.store.templates.add(name, texts, account_sid=ACCOUNT)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        twilio.mount(mock)
        yield twilio, twilio.log


def walk_sync() -> list[Exchange]:
    """The walk with the ordinary client, through `requests`."""
    from twilio.rest import Client

    with opened() as (twilio, log):
        drive(walk(Client(ACCOUNT, "token"), twilio))
    return log


async def walk_async() -> list[Exchange]:
    """The walk with the async client, on an in-process transport."""
    from twilio.rest import Client

    with opened() as (twilio, log):
        client = Client(ACCOUNT, "token", http_client=_transport(twilio))
        await drive_async(walk(client, twilio))
    return log


def drive(steps: Walk) -> None:
    """Take a walk with an ordinary client; every date that it is given is a date."""
    result = None
    while True:
        try:
            resource, name, given = steps.send(result)
        except StopIteration:
            return
        result = getattr(resource, name)(**given)
        _dates_are_dates(result)


async def drive_async(steps: Walk) -> None:
    """The same with an async client."""
    result = None
    while True:
        try:
            resource, name, given = steps.send(result)
        except StopIteration:
            return
        result = await getattr(resource, f"{name}_async")(**given)
        _dates_are_dates(result)


def _dates_are_dates(result: Any) -> None:  # noqa: ANN401
    """The SDK hands out text where it cannot read a date."""
    for each in result if isinstance(result, list) else [result]:
        for name, value in vars(each).items() if hasattr(each, "__dict__") else ():
            if name.startswith("date_") or name.endswith("_date"):
                assert value is None or isinstance(value, datetime), name


def _transport(twilio: FakeTwilio) -> Any:  # noqa: ANN401
    from twilio.http import AsyncHttpClient
    from twilio.http.response import Response

    class InProcess(AsyncHttpClient):  # type: ignore[misc]  # the SDK has no stubs
        """Hands the async SDK's requests to the fake."""

        def __init__(self) -> None:
            super().__init__(logger=None, is_async=True)

        async def request(
            self,
            method: str,
            url: str,
            params: dict[str, object] | None = None,
            data: dict[str, object] | None = None,
            headers: dict[str, str] | None = None,
            auth: tuple[str, str] | None = None,
            timeout: float | None = None,  # noqa: ASYNC109  the SDK's own
            allow_redirects: bool = False,  # noqa: FBT001, FBT002  the SDK's own
        ) -> Response:
            user = base64.b64encode(":".join(auth or ()).encode()).decode()
            sent = {**(headers or {}), "Authorization": f"Basic {user}"}
            query = f"?{urlencode(params, doseq=True)}" if params else ""
            body = urlencode(data or {}, doseq=True)
            status, back, answered = twilio.handle(method, url + query, sent, body)
            return Response(status, answered.decode(), headers=back)

    return InProcess()
