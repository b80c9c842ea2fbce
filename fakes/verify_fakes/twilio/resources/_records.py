"""What is written down when something happened: attempts, and events for customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from ..machine._state import Limits, TwilioStatus, TwilioVerification
from ..machine._verifications import Keep
from ._attempts import Attempts
from ._events import Events, HookCall, stream_event
from ._service_resources import ServiceResources
from ._services import Service


class Records:
    """The attempts and events of one machine."""

    def __init__(
        self, *, limits: Limits, keep: Keep, new_sid: Callable[[str], str]
    ) -> None:
        self.attempts = Attempts(keep.attempts)
        self.events = Events(keep.events)
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
        """A message left."""
        self.attempts.sent(verification, arrived=arrived, locale=locale)
        self._add_event(service, verification, verification.updated_at)

    def became(
        self, service: Service | None, verification: TwilioVerification, at: datetime
    ) -> None:
        """A verification has another status than before."""
        if verification.status is TwilioStatus.APPROVED:
            self.attempts.approved(verification, at)
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
        Something happened to a factor or a challenge.

        Args:
            service: Where it happened.
            resources: The service's, with its webhooks.
            kind: Such as `factor.created`.
            about: The fields that follow the first four of the form.
            at: When it happened.
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
