"""
Fields of WTForms for phone numbers and passcodes.

    class NumberForm(Form):
        phone = PhoneField(policy=PhonePolicy(default_region="US"))
        code = CodeField(validators=[Optional()])

What was refused is in `field.errors`, a sentence in the first language of the form's
`Meta.locales` that `verify_core.messages` has, or in that of your own translations; its
reason, such as `missing_country_code`, is `field.reason`. A field that was left out has
the data None; `DataRequired` and `Optional` say what then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms.fields import Field
from wtforms.widgets import TelInput, TextInput

from verify_core.codes import read_code
from verify_core.phone import PhoneNumber, PhonePolicy, read_phone
from verify_core.validation import require_kind

from ._refusals import FieldRefusal, read_or_refusal, sentence

__all__ = ["CodeField", "PhoneField"]

_DEFAULT_POLICY = PhonePolicy()


class _ReadField(Field):
    """A field whose text a reader of the core reads."""

    reason: str | None = None
    usual: dict[str, str]

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - WTForms'
        options["render_kw"] = {**self.usual, **(options.get("render_kw") or {})}
        super().__init__(*args, **options)

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        """Read what was typed."""
        typed = valuelist[0] if valuelist else ""
        found = read_or_refusal(self.read, typed)
        self.data, self.reason = found, None
        if isinstance(found, FieldRefusal):
            self.data = None
            if not found.is_empty:
                self.reason = found.code
                raise ValueError(self._sentence(found))

    def read(self, text: str) -> object:
        """Read a text, or raise an error of the core."""
        raise NotImplementedError

    def _sentence(self, refusal: FieldRefusal) -> str:
        return sentence(refusal.key, self.gettext, self.meta.locales or [])


class PhoneField(_ReadField):
    """
    A field whose data is a `PhoneNumber`, or None.

    Args:
        *args: Those of WTForms' `Field`.
        policy: How it is read and which numbers are allowed.
        **options: Those of WTForms' `Field`.
    """

    widget = TelInput()
    usual = {"autocomplete": "tel"}  # noqa: RUF012 - as WTForms declares what it reads

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - WTForms'
        policy: PhonePolicy = _DEFAULT_POLICY,
        **options: Any,  # noqa: ANN401
    ) -> None:
        self.policy = require_kind("policy", policy, PhonePolicy)
        super().__init__(*args, **options)

    def read(self, text: str) -> PhoneNumber:
        """Read the number."""
        return read_phone(text, self.policy)

    def _value(self) -> str:
        """Show the person what was typed, or the full number that may be changed."""
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.e164 if isinstance(self.data, PhoneNumber) else ""


class CodeField(_ReadField):
    """
    A field whose data is a passcode as it was sent, or None.

    It takes spaces, hyphens and what was pasted around a code, as `Verifier.check`.
    What was typed is never written back into the page. Where your codes have letters,
    pass `render_kw={"inputmode": "text"}`.
    """

    widget = TextInput()
    usual = {  # noqa: RUF012 - as above
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "spellcheck": "false",
    }

    def read(self, text: str) -> str:
        """Read the code."""
        return read_code(text).reveal()

    def _value(self) -> str:
        return ""
