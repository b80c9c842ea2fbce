# ruff: noqa: ANN401 - WTForms is untyped
"""Fields of WTForms read what the core reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from wtforms import Form
from wtforms.validators import DataRequired, Optional

from tests.support.junk import junk, real
from tests.support.typed import NO_TEXTS, ODD_TEXTS, POLICIES, outcome, written
from verify_core import PhonePolicy, read_phone
from verify_core.errors import InvalidSetting
from verify_core.forms.wtforms import CodeField, PhoneField

NUMBER = read_phone("+15553231234")


class Typed:
    """What a request brings, as WTForms reads it."""

    def __init__(self, **values: object) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Any:
        return iter(self._values)

    def getlist(self, name: str) -> list[object]:
        return [self._values[name]] if name in self._values else []


def form_of(policy: PhonePolicy, typed: object, *validators: Any) -> Any:
    class Asked(Form):
        phone = PhoneField(policy=policy, validators=validators)
        code = CodeField()

    return Asked(Typed(phone=typed))


@given(st.sampled_from(sorted(POLICIES)), written)
def test_a_field_accepts_what_the_core_accepts(name: str, text: str) -> None:
    form = form_of(POLICIES[name], text, DataRequired())
    kind, found = outcome(text, POLICIES[name])

    assert form.validate() == (kind == "e164")
    if kind == "e164":
        assert form.phone.data.e164 == found
    else:
        assert form.phone.reason == (None if found == "empty" else found)
        assert len(form.phone.errors) == 1


@settings(max_examples=50)
@given(junk)
def test_whatever_is_given_is_read_or_refused(given: Any) -> None:
    form_of(PhonePolicy(), real(given)).validate()


@pytest.mark.parametrize("given", [*NO_TEXTS, *ODD_TEXTS], ids=lambda _: "")
def test_an_error_shows_nothing_of_what_was_given(given: object) -> None:
    form = form_of(PhonePolicy(), given, DataRequired())
    assert not form.validate()

    for shown in (str(form.errors), repr(form), repr(form.phone.process_errors)):
        assert "555323" not in shown
        assert "99999" not in shown


def test_what_was_left_out_is_for_the_validators() -> None:
    assert form_of(PhonePolicy(), " ", Optional()).validate()
    left_out = form_of(PhonePolicy(), "", DataRequired())
    assert not left_out.validate()
    assert left_out.phone.data is None


@pytest.mark.parametrize(("language", "begins"), [("de", "Geben"), ("en", "Enter")])
def test_reasons_are_said_in_the_form_s_language(language: str, begins: str) -> None:
    class Asked(Form):
        class Meta:
            locales = (language,)

        phone = PhoneField()

    form = Asked(Typed(phone="(555) 323-1234"))
    form.validate()

    assert form.phone.errors[0].startswith(begins)


def test_an_application_may_word_them_otherwise() -> None:
    class Own:
        def gettext(self, text: str) -> str:
            return (
                "Bitte nur den Code." if text.startswith("This is not a code") else text
            )

        def ngettext(self, one: str, many: str, count: int) -> str:
            return one if count == 1 else many

    class Asked(Form):
        class Meta:
            def get_translations(self, _form: Form) -> Own:
                return Own()

        code = CodeField()

    form = Asked(Typed(code="my code"))
    form.validate()

    assert form.errors == {"code": ["Bitte nur den Code."]}
    assert form.code.reason == "not_a_code"


def test_the_widgets_help_browsers_and_never_show_a_code() -> None:
    class Asked(Form):
        phone = PhoneField()
        code = CodeField(render_kw={"inputmode": "text"})

    fresh = Asked(data={"phone": NUMBER})
    typed = Asked(Typed(phone="(555)", code=" 123-456 "))

    assert 'value="+15553231234"' in fresh.phone()
    assert 'value="(555)"' in typed.phone()
    assert 'type="tel"' in typed.phone()
    assert 'autocomplete="tel"' in typed.phone()
    assert 'autocomplete="one-time-code"' in typed.code()
    assert 'inputmode="text"' in typed.code()
    assert typed.code.data == "123456"
    assert "123" not in typed.code()


def test_what_is_no_policy_is_named() -> None:
    class Asked(Form):
        phone = PhoneField(policy="US")

    with pytest.raises(InvalidSetting, match="policy"):
        Asked()
