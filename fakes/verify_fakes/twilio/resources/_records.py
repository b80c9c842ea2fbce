"""What is written down when something happened: attempts, and events for customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ..machine._state import Limits, TwilioStatus, TwilioVerification
from ._attempts import Attempts
from ._events import Events, HookCall, stream_event

if TYPE_CHECKING:
    from ..machine._verifications import Keep
    from ._service_resources import ServiceResources
    from ._services import Service


class Records:
    """
    The attempts and events of one machine.

    Args:
        limits: Twilio's numbers.
        keep: How much is kept.
        new_sid: Gives a sid for a prefix.
    """

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
        self._tell(service, verification, verification.updated_at)

    def became(
        self, service: Service | None, verification: TwilioVerification, at: datetime
    ) -> None:
        """A verification has another status than before."""
        if verification.status is TwilioStatus.APPROVED:
            self.attempts.approved(verification, at)
        if service is not None:
            self._tell(service, verification, at)

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
        for webhook in resources.webhooks:
            if not webhook.wants(kind):
                continue
            call_id = self._new_sid("")
            form = {
                "uuid": call_id,
                "type": kind,
                "account_sid": service.account_sid,
                "service_sid": service.sid,
                **about,
            }
            call = HookCall(
                id=call_id,
                type=kind,
                at=at,
                account_sid=service.account_sid,
                service_sid=service.sid,
                webhook_sid=webhook.sid,
                url=webhook.url,
                form=form,
            )
            self.events.tell(call)

    def _tell(
        self, service: Service, verification: TwilioVerification, at: datetime
    ) -> None:
        if not service.switches.verify_event_subscription_enabled:
            return
        self.events.tell(
            stream_event(
                verification,
                service,
                event_id=self._new_sid(""),
                at=at,
                time_to_live=self._time_to_live,
            )
        )
