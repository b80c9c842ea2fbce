"""The two forms; browsers fill in the number, and phones the code that came."""

from __future__ import annotations

from django import forms

from verify_core.forms.django import CodeFormField, PhoneFormField, PhoneInput


class NumberForm(forms.Form):
    """Which number? What it may be is for the field's policy to say."""

    number = PhoneFormField(
        label="Phone number, with country code",
        widget=PhoneInput({"placeholder": "+1 555 323 1234"}),
    )


class CodeForm(forms.Form):
    """Which code? It is never written back into the page."""

    code = CodeFormField()
