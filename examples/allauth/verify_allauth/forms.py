"""allauth's forms for a code; the provider checks it."""

from __future__ import annotations

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError

from verify_core import Verdict, record_of
from verify_core.errors import InputError, VerifyError
from verify_core.forms.django import CodeInput

from . import running


class _CheckedByTheProvider(forms.BaseConfirmCodeForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget = CodeInput()

    def clean_code(self) -> str:
        if not running.is_name(self.expected_code):  # allauth's own, of an e-mail
            return super().clean_code()
        session = context.request.session
        ref = running.find(session, self.expected_code)
        if ref is None:
            raise ValidationError(record_of(Verdict.GONE).message, code=Verdict.GONE)
        try:
            verdict = settings.VERIFIER.check(ref, self.cleaned_data["code"]).verdict
        except InputError:
            verdict = Verdict.WRONG_CODE
        except VerifyError as error:
            record = record_of(error)
            raise ValidationError(record.message, code=record.reason) from None
        if verdict is Verdict.WRONG_CODE:
            # In allauth's words, which it has for a number without an account, too.
            raise get_adapter().validation_error("incorrect_code")
        if verdict is not Verdict.APPROVED:
            raise ValidationError(record_of(verdict).message, code=verdict)
        running.forget(session, self.expected_code)
        return self.cleaned_data["code"]


class VerifyPhoneForm(_CheckedByTheProvider, forms.VerifyPhoneForm):
    """After a sign-up, and where the number changes."""


class ConfirmLoginCodeForm(_CheckedByTheProvider, forms.ConfirmLoginCodeForm):
    """Logging in by a code."""
