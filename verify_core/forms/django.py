"""
Fields of Django's forms and models, a validator, and the widgets of a login.

    class NumberForm(forms.Form):
        phone = PhoneFormField(policy=PhonePolicy(default_region="US"))

    class Person(models.Model):
        phone = PhoneModelField(policy=PhonePolicy(default_region="US"), unique=True)

An error's code is the reason, such as `missing_country_code`; its message is the
reason's sentence in the language that Django has active, from the project's own
catalogue where that translates the English one, else from `verify_core.messages`.
Nothing is to be added to `INSTALLED_APPS`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

from attrs import fields
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.migrations.serializer import BaseSerializer
from django.db.migrations.writer import MigrationWriter
from django.utils.deconstruct import deconstructible
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext

from verify_core.codes import read_code
from verify_core.phone import PhoneNumber, PhonePolicy, read_phone, stored_number
from verify_core.validation import require_kind

from ._refusals import FieldRefusal, read_or_refusal, sentence

__all__ = [
    "CodeFormField",
    "CodeInput",
    "PhoneFormField",
    "PhoneInput",
    "PhoneModelField",
    "PhoneValidator",
]

T = TypeVar("T")

_LONGEST_E164 = len("+") + 15
_DEFAULT_POLICY = PhonePolicy()


class PhoneInput(forms.TextInput):
    """An input for a phone number, which browsers fill in."""

    input_type = "tel"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "tel", **(attrs or {})})


class CodeInput(forms.TextInput):
    """
    An input for a passcode, which phones fill in from the message.

    What was typed is never written back into the page. Where your codes have letters,
    pass `{"inputmode": "text"}`.
    """

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        usual = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "spellcheck": "false",
        }
        super().__init__({**usual, **(attrs or {})})

    def format_value(self, _value: object) -> None:
        """Show nothing of it."""


class _ReadFormField(forms.Field):
    """A field whose text a reader of the core reads."""

    empty_key: str

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Django's
        # What was left out is refused in our own words, under Django's code.
        messages = {"required": _lazily(self.empty_key)}
        options["error_messages"] = messages | (options.get("error_messages") or {})
        super().__init__(**options)

    def to_python(self, value: object) -> object:
        """Return what the text holds, or None where there is nothing in it."""
        if _is_left_out(value):
            return None
        found = read_or_refusal(self.read, value)
        if not isinstance(found, FieldRefusal):
            return found
        if found.is_empty:
            return None
        raise _error(found)

    def read(self, text: str) -> object:
        """Read a text, or raise an error of the core."""
        raise NotImplementedError


class PhoneFormField(_ReadFormField):
    """
    A form's field whose clean value is a `PhoneNumber`, or None where it may be empty.

    Args:
        policy: How it is read and which numbers are allowed.
        **options: Those of Django's `Field`.
    """

    widget = PhoneInput
    empty_key = "error.phone.empty"

    def __init__(
        self,
        *,
        policy: PhonePolicy = _DEFAULT_POLICY,
        **options: Any,  # noqa: ANN401 - Django's
    ) -> None:
        self.policy = require_kind("policy", policy, PhonePolicy)
        super().__init__(**options)

    def read(self, text: str) -> PhoneNumber:
        """Read the number; one that was read before stays as it is."""
        return _number(text, self.policy)

    def prepare_value(self, value: object) -> object:
        """Show the full number to the person who may change it."""
        return value.e164 if isinstance(value, PhoneNumber) else value


class CodeFormField(_ReadFormField):
    """
    A form's field whose clean value is a passcode as it was sent, or None.

    It takes spaces, hyphens and what was pasted around a code, as `Verifier.check`.
    """

    widget = CodeInput
    empty_key = "error.code.empty"

    def read(self, text: str) -> str:
        """Read the code."""
        return read_code(text).reveal()


@deconstructible
class PhoneValidator:
    """
    Refuses all but phone numbers under a policy; for a model's `CharField`.

    A validator changes nothing, so that the column holds what was typed; see
    `PhoneModelField`, which keeps E.164.
    """

    def __init__(self, policy: PhonePolicy = _DEFAULT_POLICY) -> None:
        self.policy = require_kind("policy", policy, PhonePolicy)

    def __call__(self, value: object) -> None:
        """Refuse the text with its reason."""
        _read_or_refuse(partial(_number, policy=self.policy), value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PhoneValidator):
            return NotImplemented
        return self.policy == other.policy

    def __hash__(self) -> int:
        return hash(self.policy)


class PhoneModelField(models.Field):
    """
    A model's field whose value is a `PhoneNumber` and whose column holds E.164.

    Texts are read under the policy where a form or `full_clean` is given one, and where
    one is saved or looked up. What the column holds is not judged again: a narrower
    policy loses no rows. An empty value is None; without `null=True` the column then
    holds an empty text. The admin's `list_filter` offers "Empty" and "Not empty", so
    that no link has a number in it.

    Args:
        policy: How it is read and which numbers are allowed.
        *args: As those of Django's `Field`.
        **options: As those of Django's `Field`.

    Raises:
        InvalidPhoneNumber: A text without an allowed number is saved or looked up.
    """

    # Django's own has lists, too, which would be passed over until they are saved.
    empty_values = (None, "")

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - Django's
        policy: PhonePolicy = _DEFAULT_POLICY,
        **options: Any,  # noqa: ANN401
    ) -> None:
        self.policy = require_kind("policy", policy, PhonePolicy)
        super().__init__(*args, **{"max_length": _LONGEST_E164, **options})

    def deconstruct(self) -> Any:  # noqa: ANN401 - Django's
        """Describe the field to migrations."""
        name, path, args, options = super().deconstruct()
        if self.policy != _DEFAULT_POLICY:
            options["policy"] = self.policy
        if options.get("max_length") == _LONGEST_E164:
            del options["max_length"]
        return name, path, args, options

    def contribute_to_class(self, cls: Any, name: str, **options: Any) -> None:  # noqa: ANN401
        """Join a model; the admin, where it is installed, then knows the field."""
        super().contribute_to_class(cls, name, **options)
        if apps.apps_ready and apps.is_installed("django.contrib.admin"):
            _register_filter()

    def get_internal_type(self) -> str:
        """Name the kind of column."""
        return "CharField"

    def to_python(self, value: object) -> PhoneNumber | None:
        """Return the number that a text holds."""
        if _is_left_out(value):
            return None
        return _read_or_refuse(partial(_number, policy=self.policy), value)

    def from_db_value(self, value: str | None, *_about: object) -> PhoneNumber | None:
        """Return the number that a column holds."""
        return stored_number(value) if value else None

    def pre_save(self, model_instance: models.Model, add: bool) -> object:  # noqa: FBT001 - Django's
        """Read a text that is saved, so that the model shows it masked from then on."""
        value: object = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = _number(value, self.policy) if value else None
            setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: object) -> str | None:
        """Return what the column holds of a value."""
        value = super().get_prep_value(value)
        if _is_left_out(value):
            return None if self.null else ""
        return _number(value, self.policy).e164

    def value_to_string(self, obj: models.Model) -> str:
        """Return what `dumpdata` writes."""
        value = self.value_from_object(obj)
        return "" if value is None else str(self.get_prep_value(value))

    def formfield(self, **options: Any) -> Any:  # noqa: ANN401 - Django's
        """Make the field of a form."""
        ours: dict[str, Any] = {"form_class": PhoneFormField}
        if not self.choices:
            ours["policy"] = self.policy
        return super().formfield(**{**ours, **options})


class _PolicySerializer(BaseSerializer):
    """Writes a policy into a migration: what differs from the default, in order."""

    def serialize(self) -> tuple[str, set[str]]:
        members = (
            f"{each.name}={_plain(getattr(self.value, each.name))!r}"
            for each in fields(PhonePolicy)
            if getattr(self.value, each.name) != getattr(_DEFAULT_POLICY, each.name)
        )
        made = f"verify_core.PhonePolicy({', '.join(members)})"
        return made, {"import verify_core"}


MigrationWriter.register_serializer(PhonePolicy, _PolicySerializer)


@cache
def _register_filter() -> None:
    # Django's own filter would write each number into a link, and not in full: masked.
    from django.contrib.admin import EmptyFieldListFilter, FieldListFilter

    FieldListFilter.register(
        lambda each: isinstance(each, PhoneModelField) and not each.choices,
        EmptyFieldListFilter,
        take_priority=True,
    )


def _plain(value: object) -> object:
    if not isinstance(value, frozenset):
        return value
    members: list[Any] = [getattr(each, "value", each) for each in value]
    return sorted(members)


def _is_left_out(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value)


def _number(value: object, policy: PhonePolicy) -> PhoneNumber:
    if isinstance(value, PhoneNumber):
        return value
    return read_phone(value, policy)  # type: ignore[arg-type]  # refuses all but texts


def _read_or_refuse(read: Callable[[Any], T], value: object) -> T:
    found = read_or_refusal(read, value)
    if isinstance(found, FieldRefusal):
        raise _error(found)
    return found


def _error(refusal: FieldRefusal) -> ValidationError:
    return ValidationError(_lazily(refusal.key), code=refusal.code)


def _sentence(key: str) -> str:
    language = get_language()
    return sentence(key, gettext, [language] if language else [])


_lazily = lazy(_sentence, str)
"""The sentence of a key, in the language that is active when it is shown."""
