"""
What Twilio sends to a customer's servers, as data; delivering it is the server's part.

Two kinds: the events of verifications, in CloudEvents' form, as Event Streams posts
them (for services that allow it), and the calls of a service's webhooks, as forms.

Sources: Twilio, "Verification Stream" and "Verify Push Webhooks", read 2026-11-22. The
pages do not show every field of a webhook, nor the word for a wrong check; those are
marked [guess].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from attrs import field, frozen

from ...kit._bounded import Notifications, Shelf
from ...kit._hiding import Hidden, Revealed, hidden
from ...kit._http import Json, milliseconds
from ..machine._numbers import country_of
from ..machine._state import Limits, TwilioChannel, TwilioStatus, TwilioVerification
from ..machine._verifications import Keep
from ._attempts import Attempt, attempt_sid, newest_attempt_sid
from ._services import Service, ServiceResources

_TYPE = "com.twilio.accountsecurity.verify.verification."
_SCHEMA = "https://events-schemas.twilio.com/AccountSecurity.VerifyEventStreamEvent/2"


@frozen(kw_only=True)
class _Notification:
    """
    What both kinds have.

    Attributes:
        id: Its own, for finding doubles.
        type: Twilio's name for the kind, such as `factor.created`.
    """

    id: str
    type: str
    at: datetime
    account_sid: str
    service_sid: str


@frozen(kw_only=True)
class StreamEvent(_Notification):
    """One event of a verification; a sink is posted a JSON array of such bodies."""

    _body: Hidden[Mapping[str, object]] = field(converter=hidden)

    body = Revealed[Mapping[str, object]]()


@frozen(kw_only=True)
class HookCall(_Notification):
    """One call of a webhook: the fields of its form, in order."""

    webhook_sid: str
    _url: Hidden[str] = field(converter=hidden)
    _form: Hidden[Mapping[str, str]] = field(converter=hidden)

    url = Revealed[str]()
    form = Revealed[Mapping[str, str]]()


TwilioNotification: TypeAlias = StreamEvent | HookCall


def stream_event(
    verification: TwilioVerification,
    service: Service,
    *,
    event_id: str,
    at: datetime,
    time_to_live: timedelta,
) -> StreamEvent:
    """The event of a verification's new status."""
    kind = f"{_TYPE}{verification.status.value.replace('_', '-')}"
    body: Json = {
        "specversion": "1.0",
        "type": kind,
        "source": f"/v1/Accounts/{verification.account_sid}/Services/{service.sid}"
        f"/Verifications/{verification.sid}",
        "id": event_id,
        "dataschema": _SCHEMA,
        "datacontenttype": "application/json",
        "time": milliseconds(at),
        "data": _data(verification, service, time_to_live),
    }
    return StreamEvent(
        id=event_id,
        type=kind,
        at=at,
        account_sid=verification.account_sid,
        service_sid=service.sid,
        body=body,
    )


def _data(verification: TwilioVerification, service: Service, live: timedelta) -> Json:
    approved = verification.status is TwilioStatus.APPROVED
    email = verification.sends[0].channel is TwilioChannel.EMAIL
    return {
        "account_sid": verification.account_sid,
        "service_sid": verification.service_sid,
        "verification_sid": verification.sid,
        "friendly_name": service.switches.friendly_name,
        "custom_code_enabled": service.switches.custom_code_enabled,
        "custom_friendly_name": verification.friendly_name,
        "created_at": milliseconds(verification.created_at),
        "verified_at": milliseconds(verification.updated_at) if approved else None,
        "to": verification.to,
        "verification_status": verification.status.value.upper(),
        "country": None if email else country_of(verification.to),
        "code_length": len(verification.code),
        "send_code_attempts": _counted(
            [
                {
                    "time": milliseconds(sent.at),
                    "channel": sent.channel.value.upper(),
                    "attempt_sid": attempt_sid(verification.sid, place),
                }
                for place, sent in enumerate(verification.sends)
            ]
        ),
        "check_attempts": _counted(_checks(verification)),
        "expired_at": milliseconds(verification.created_at + live),
        "tags": dict(verification.tags or {}),
    }


def _checks(verification: TwilioVerification) -> list[Json]:
    checked, updated_at = verification.checked, verification.updated_at
    right = verification.valid and checked[-1:] == (updated_at,)
    # The page shows SUCCESS only; the word for a wrong one is a [guess].
    words = ["FAILED"] * len(checked)
    words[-1:] = ["SUCCESS"] if right else words[-1:]
    return [
        {"time": milliseconds(at), "status": word}
        for at, word in zip(checked, words, strict=True)
    ]


def _counted(attempts: list[Json]) -> Json:
    return {"count": len(attempts), "attempts": attempts}


class Records:
    """The attempts and events of one machine."""

    def __init__(
        self, *, limits: Limits, keep: Keep, new_sid: Callable[[str], str]
    ) -> None:
        self.attempts: Shelf[Attempt] = Shelf(keep.attempts)
        self.events: Notifications[TwilioNotification] = Notifications(keep.events)
        self._time_to_live = limits.time_to_live
        self._new_sid = new_sid

    def sent(
        self,
        service: Service,
        verification: TwilioVerification,
        *,
        arrived: bool,
        locale: str | None,
    ) -> None:
        """Write down that a message left."""
        attempt = Attempt(
            sid=newest_attempt_sid(verification),
            verification=verification,
            arrived=arrived,
            locale=locale or "en",
        )
        self.attempts.add(attempt.sid, attempt)
        self._add_event(service, verification, verification.updated_at)

    def became(
        self, service: Service | None, verification: TwilioVerification, at: datetime
    ) -> None:
        """Write down that a verification has another status than before."""
        # All messages of a verification have one code; here the newest counts [guess].
        attempt = self.attempts.get(newest_attempt_sid(verification))
        if verification.status is TwilioStatus.APPROVED and attempt is not None:
            attempt.converted_at = at
        if service is not None:
            self._add_event(service, verification, at)

    def call_webhooks(
        self,
        service: Service,
        resources: ServiceResources,
        kind: str,
        about: Mapping[str, str],
        *,
        at: datetime,
    ) -> None:
        """
        Call the webhooks that want to know of a factor or a challenge.

        `kind` is such as `factor.created`; `about` has the form's later fields.
        """
        owners = {"account_sid": service.account_sid, "service_sid": service.sid}
        for webhook in resources.webhooks:
            if not webhook.wants(kind):
                continue
            call_id = self._new_sid("")
            call = HookCall(
                id=call_id,
                type=kind,
                at=at,
                webhook_sid=webhook.sid,
                url=webhook.url,
                form={"uuid": call_id, "type": kind, **owners, **about},
                **owners,
            )
            self.events.add(call)

    def _add_event(
        self, service: Service, verification: TwilioVerification, at: datetime
    ) -> None:
        if not service.switches.verify_event_subscription_enabled:
            return
        event = stream_event(
            verification,
            service,
            event_id=self._new_sid(""),
            at=at,
            time_to_live=self._time_to_live,
        )
        self.events.add(event)
