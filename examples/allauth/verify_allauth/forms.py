"""allauth's forms for a code; the provider checks it."""

from __future__ import annotations

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError

from verify_core import Verdict, VerificationRef, record_of
from verify_core.errors import InputError, VerifyError
from verify_core.forms.django import CodeInput

from . import running


class CheckedByTheProvider(forms.BaseConfirmCodeForm):
    """A form for a code of the provider's; codes that allauth made are allauth's."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget = CodeInput()

    def clean_code(self) -> str:
        if not running.is_name(self.expected_code):
            return super().clean_code()
        session, typed = context.request.session, self.cleaned_data["code"]
        came_of_it = _check(running.find(session, self.expected_code), typed)
        if came_of_it is Verdict.APPROVED:
            running.forget(session, self.expected_code)
            return typed
        if came_of_it is Verdict.WRONG_CODE or get_adapter().hides_accounts:
            # In allauth's words, which it has for a number without an account, too.
            raise get_adapter().validation_error("incorrect_code")
        record = record_of(came_of_it)
        raise ValidationError(record.message, code=record.reason)


def _check(ref: VerificationRef | None, typed: str) -> Verdict | VerifyError:
    if ref is None:
        return Verdict.GONE
    try:
        return settings.VERIFIER.check(ref, typed).verdict
    except InputError:
        return Verdict.WRONG_CODE
    except VerifyError as error:
        return error


class VerifyPhoneForm(CheckedByTheProvider, forms.VerifyPhoneForm):
    """After a sign-up, and where the number changes."""


class ConfirmLoginCodeForm(CheckedByTheProvider, forms.ConfirmLoginCodeForm):
    """Logging in by a code."""


class ConfirmReauthenticationCodeForm(CheckedByTheProvider):
    """Confirming by a code who is logged in (allauth 65.22)."""
