"""What allauth asks of an application that has phone numbers."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from verify_core import Channel, Delivery, record_of, text_of
from verify_core.errors import InputError, VerifyError
from verify_core.forms.django import PhoneFormField

from . import running
from .models import Phone

#: What allauth says once it has sent, whatever came of it.
_SENT = {
    "account/messages/login_code_sent.txt",
    "account/messages/phone_verification_sent.txt",
}


class _E164(PhoneFormField):
    """A number as allauth takes it: a text, E.164."""

    def to_python(self, value: object) -> str | None:
        number = super().to_python(value)
        return None if number is None else number.e164


class VerifyAccountAdapter(DefaultAccountAdapter):
    """
    allauth's adapter, on `settings.VERIFIER`.

    What a provider refuses or cannot do is said on the page for the code, where the
    person can have it sent again; no page fails. Where that would show who has an
    account, the page has allauth's own words, as for a number without one.
    """

    def phone_form_field(self, **kwargs: Any) -> PhoneFormField:
        return _E164(policy=settings.VERIFIER.policy, **kwargs)

    def generate_phone_verification_code(
        self, *, user: AbstractBaseUser, phone: str
    ) -> str:
        return running.new_name()

    def send_verification_code_sms(
        self, user: AbstractBaseUser, phone: str, code: str, **kwargs: Any
    ) -> None:
        session = self.request.session
        try:
            started = settings.VERIFIER.start(
                phone, Channel.SMS, previous=running.find_of(session, phone)
            )
        except (InputError, VerifyError) as error:
            self._say(messages.ERROR, record_of(error).message)
            ref = getattr(error, "ref", None)
        else:
            ref = started.ref
            if started.delivery is Delivery.MAYBE_SENT:
                self._say(messages.WARNING, text_of("collector.maybe_sent"))
        if ref is not None:
            running.keep(session, code, ref)

    @property
    def hides_accounts(self) -> bool:
        """Whether an answer must not show who has an account (allauth's setting)."""
        return bool(app_settings.PREVENT_ENUMERATION) and self.request.user.is_anonymous

    def _say(self, level: int, sentence: str) -> None:
        if not self.hides_accounts:
            super().add_message(self.request, level, message=sentence)
            self.request.verify_said = True

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if message_template in _SENT and getattr(request, "verify_said", False):
            return
        super().add_message(request, level, message_template, *args, **kwargs)

    def set_phone(self, user: AbstractBaseUser, phone: str, verified: bool) -> None:
        claimed = {"number": phone, "verified": False}
        held, _ = Phone.objects.update_or_create(user=user, defaults=claimed)
        if verified:
            held.verify()

    def get_phone(self, user: AbstractBaseUser) -> tuple[str, bool] | None:
        held = Phone.objects.filter(user=user).first()
        return None if held is None else (held.number.e164, held.verified)

    def set_phone_verified(self, user: AbstractBaseUser, phone: str) -> None:
        self.set_phone(user, phone, verified=True)

    def get_user_by_phone(self, phone: str) -> AbstractBaseUser | None:
        held = Phone.objects.filter(number=phone, verified=True).first()
        return None if held is None else held.user
