"""
A gateway of django-two-factor-auth: its tokens leave through any provider.

In the settings:

    TWO_FACTOR_SMS_GATEWAY = TWO_FACTOR_CALL_GATEWAY = "verify_two_factor.VerifyGateway"
    VERIFIER = Verifier(load_provider("own://?sender=…"))

django-two-factor-auth makes the token and checks it, so the provider must take codes of
its caller's (`capabilities.custom_code`): every provider of verify_core does; at Twilio
the service has a switch for it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from two_factor.middleware.threadlocals import get_current_request

from verify_core import Channel, VerificationRef, Verifier, record_of
from verify_core.errors import InputError, InvalidSetting, VerifyError

if TYPE_CHECKING:
    from two_factor.plugins.phonenumber.models import PhoneDevice

#: How long the last message to a number may have to be canceled, in seconds.
_KEPT_S = 15 * 60


class VerifyGateway:
    """What django-two-factor-auth makes anew for each token."""

    def __init__(self) -> None:
        self._verifier: Verifier = settings.VERIFIER
        if not self._verifier.provider.capabilities.custom_code:
            name = self._verifier.provider.name
            raise ImproperlyConfigured(
                f"VERIFIER: {name} takes no codes of its caller's"
            )

    def send_sms(self, device: PhoneDevice, token: str) -> None:
        """Send a token by text message."""
        self._send(device, token, Channel.SMS)

    def make_call(self, device: PhoneDevice, token: str) -> None:
        """Have a token spoken."""
        self._send(device, token, Channel.CALL)

    def _send(self, device: PhoneDevice, token: str, channel: Channel) -> None:
        number = device.number.as_e164
        key = (
            "verify_two_factor." + salted_hmac("verify_two_factor", number).hexdigest()
        )
        # A verification that runs would keep its first code for a second message.
        self._cancel(cache.get(key))
        try:
            ref = self._verifier.start(
                number, channel, custom_code=token, locale=get_language()
            ).ref
        except (InputError, VerifyError) as error:
            request = get_current_request()
            if request is None:
                raise
            # The page for the token comes next, and says why there may be no message.
            messages.error(request, record_of(error).message)
            ref = getattr(error, "ref", None)
        if ref is not None:
            cache.set(key, ref.to_json(), _KEPT_S)

    def _cancel(self, kept: object) -> None:
        # Nothing runs, or it cannot be canceled: the start says more.
        with suppress(InvalidSetting, VerifyError):
            self._verifier.cancel(VerificationRef.from_json(kept))
