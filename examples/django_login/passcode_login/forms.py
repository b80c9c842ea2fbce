"""The two forms; phones fill in the code that came."""

from __future__ import annotations

from django import forms


class NumberForm(forms.Form):
    """Which number? How it may be written is for the library to say."""

    number = forms.CharField(
        label="Phone number, with country code",
        max_length=200,
        strip=False,
        widget=forms.TextInput(
            {"type": "tel", "autocomplete": "tel", "placeholder": "+1 555 323 1234"}
        ),
    )


class CodeForm(forms.Form):
    """Which code? It is never written back into the page."""

    code = forms.CharField(
        max_length=40,
        widget=forms.PasswordInput(
            {
                "type": "text",
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
            }
        ),
    )
