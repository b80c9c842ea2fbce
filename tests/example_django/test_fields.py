# ruff: noqa: ANN401, SLF001 - Django is untyped, and _meta is public there
"""The fields of `verify_core.forms.django`, in the project of the example."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.support.junk import junk, real
from tests.support.typed import NO_TEXTS, ODD_TEXTS, POLICIES, outcome, written
from verify_core import PhonePolicy, read_phone
from verify_core.errors import InvalidPhoneNumber, InvalidSetting, PhoneReason
from verify_core.messages import text_of

pytestmark = pytest.mark.usefixtures("django_project")

NUMBER = read_phone("+15553231234")
AMERICAN = POLICIES["american"]


def tried(field: Any, value: object) -> tuple[str, str]:
    from django.core.exceptions import ValidationError

    try:
        return "e164", field.clean(value).e164
    except ValidationError as error:
        return "reason", error.code


def expected(text: str, policy: PhonePolicy) -> tuple[str, str]:
    """As the core; what is left out has Django's own code."""
    kind, found = outcome(text, policy)
    return (kind, "required") if found == "empty" else (kind, found)


@given(st.sampled_from(sorted(POLICIES)), written)
def test_a_form_accepts_what_the_core_accepts(name: str, text: str) -> None:
    from verify_core.forms.django import PhoneFormField

    policy = POLICIES[name]
    field = PhoneFormField(policy=policy)

    assert tried(field, text) == expected(text, policy)
    if expected(text, policy) == ("reason", "required"):
        assert PhoneFormField(policy=policy, required=False).clean(text) is None


@given(st.sampled_from(sorted(POLICIES)), written)
def test_a_validator_accepts_what_the_core_accepts(name: str, text: str) -> None:
    from django.core.exceptions import ValidationError

    from verify_core.forms.django import PhoneValidator

    policy = POLICIES[name]
    try:
        PhoneValidator(policy)(text)
        code = ""
    except ValidationError as error:
        code = error.code

    kind, found = outcome(text, policy)
    assert code == (found if kind == "reason" else "")


@settings(max_examples=50)
@given(junk)
def test_whatever_is_given_is_read_or_refused_by_name(given: Any) -> None:
    from django.core.exceptions import ValidationError

    from verify_core.forms.django import CodeFormField, PhoneFormField

    for field in (PhoneFormField(), CodeFormField()):
        with suppress(ValidationError):
            field.clean(real(given))


@pytest.mark.parametrize("given", [*NO_TEXTS, *ODD_TEXTS], ids=lambda _: "")
def test_an_error_shows_nothing_of_what_was_given(given: object) -> None:
    from django import forms

    from verify_core.forms.django import PhoneFormField

    class Form(forms.Form):
        phone = PhoneFormField()

    form = Form({"phone": given})
    assert not form.is_valid()
    error = form.errors.as_data()["phone"][0]
    shown = [
        str(error),
        repr(error),
        form.errors.as_json(),
        repr(form),
        repr(form.fields["phone"]),
        "".join(traceback.format_exception(error)),
    ]

    for text in shown:
        assert "555323" not in text
        assert "99999" not in text


@pytest.mark.parametrize(
    ("language", "begins"),
    [("en", "Enter"), ("de", "Geben"), ("fr-ca", "Saisissez"), ("es", "Escribe")],
)
@pytest.mark.parametrize("typed", ["", "(555) 323-1234"])
def test_reasons_are_said_in_the_active_language(
    language: str, begins: str, typed: str
) -> None:
    from django import forms
    from django.utils.translation import override

    from verify_core.forms.django import PhoneFormField

    class Form(forms.Form):
        phone = PhoneFormField()

    form = Form({"phone": typed})
    assert not form.is_valid()
    with override(language):  # after the reading, as where a page is shown
        (said,) = json.loads(form.errors.as_json())["phone"]

    assert said["message"].startswith(begins)
    assert said["code"] == ("missing_country_code" if typed else "required")


@pytest.mark.parametrize("language", ["en", "de", "ja"])
@pytest.mark.parametrize("reason", PhoneReason)
def test_each_reason_has_its_sentence(reason: PhoneReason, language: str) -> None:
    from django.utils.translation import override

    from verify_core.forms._refusals import FieldRefusal
    from verify_core.forms.django import _error

    key = f"error.phone.{reason}"
    error = _error(FieldRefusal(reason.value, key))

    with override(language):
        assert error.messages == [text_of(key, [language])]


def test_a_project_s_own_words_come_first() -> None:
    from verify_core.forms._refusals import sentence

    own = {"Enter the code first.": "Bitte den Code."}

    assert sentence("error.code.empty", lambda t: own.get(t, t), ["de"]) == (
        "Bitte den Code."
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" 123-456.", "123456"),
        ("123 456", "123456"),
        ("\u0661\u0662\u0663\u0664", "1234"),
        ("12\u20113456", "123456"),
    ],
)
def test_a_code_is_taken_as_it_is_pasted(typed: str, read: str) -> None:
    from verify_core.forms.django import CodeFormField

    assert CodeFormField().clean(typed) == read


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "required"), ("- -", "required"), ("my code", "not_a_code"), (5, "invalid")],
)
def test_what_is_no_code_says_why(typed: object, code: str) -> None:
    from verify_core.forms.django import CodeFormField

    assert tried(CodeFormField(), typed) == ("reason", code)


def test_the_widgets_help_browsers_and_never_show_a_code() -> None:
    from django import forms

    from verify_core.forms.django import CodeFormField, CodeInput, PhoneFormField

    class Form(forms.Form):
        phone = PhoneFormField(initial=NUMBER)
        code = CodeFormField()
        letters = CodeFormField(widget=CodeInput({"inputmode": "text"}))

    unbound = Form()
    bound = Form({"phone": "(555)", "code": "123456", "letters": "ABC123"})

    assert 'type="tel"' in str(unbound["phone"])
    assert 'autocomplete="tel"' in str(unbound["phone"])
    assert 'value="+15553231234"' in str(unbound["phone"])
    assert 'value="(555)"' in str(bound["phone"])
    assert 'autocomplete="one-time-code"' in str(bound["code"])
    assert 'inputmode="numeric"' in str(bound["code"])
    assert 'inputmode="text"' in str(bound["letters"])
    assert "123" not in str(bound["code"]) + str(bound["letters"])
    same = Form({"phone": "1(555)323-1234"}, initial={"phone": NUMBER})
    assert "phone" not in same.changed_data


@pytest.mark.parametrize("kind", ["PhoneFormField", "PhoneModelField"])
def test_what_is_no_policy_is_named(kind: str) -> None:
    from verify_core.forms import django as ours

    with pytest.raises(InvalidSetting, match="policy"):
        getattr(ours, kind)(policy="US")


@pytest.fixture
def person(django_project: None) -> Iterator[Any]:
    """A model with a number of each kind, and its table."""
    from django.db import connection, models
    from django.test.utils import isolate_apps

    from verify_core.forms.django import PhoneModelField, PhoneValidator

    with isolate_apps("login_codes"):

        class Person(models.Model):  # noqa: DJ008
            phone = PhoneModelField(policy=AMERICAN, unique=True)
            second = PhoneModelField(null=True, blank=True, unique=True)
            third = PhoneModelField(blank=True)
            typed = models.CharField(
                max_length=40, blank=True, validators=[PhoneValidator(AMERICAN)]
            )

            class Meta:
                app_label = "login_codes"

        with connection.schema_editor() as editor:
            editor.create_model(Person)
        yield Person
        with connection.schema_editor() as editor:
            editor.delete_model(Person)
        connection.close()


def column(person: Any, name: str) -> object:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {person._meta.db_table}")
        return cursor.fetchone()[0]


def test_a_column_holds_e164_and_a_model_the_number(person: Any) -> None:
    saved = person(phone="(555) 323-1234", typed="(555) 323-1234")
    saved.full_clean()
    saved.save()

    found = person.objects.get(phone="1 (555) 323-1234")

    assert column(person, "phone") == "+15553231234"
    assert (found.phone, found.phone.region) == (NUMBER, "US")
    assert (found.second, found.third) == (None, None)
    assert (column(person, "second"), column(person, "third")) == (None, "")
    assert found.typed == "(555) 323-1234"
    assert person.objects.filter(phone__startswith="+1555").count() == 1
    assert person.objects.filter(phone__in=[NUMBER]).count() == 1
    assert "5553" not in repr(found.phone)


def test_a_text_that_was_saved_is_a_number_from_then_on(person: Any) -> None:
    made = person.objects.create(phone="(555) 323-1234")
    (other,) = person.objects.bulk_create([person(phone="+1 555 323 9999", third="")])

    assert (made.phone, made.phone.provenance) == (NUMBER, "default_region")
    assert (other.phone.e164, other.third) == ("+15553239999", None)


def test_a_number_that_is_not_allowed_is_never_saved(person: Any) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as caught:
        person(phone="+1 900 234 5678", typed="555").full_clean()
    codes = {name: found[0].code for name, found in caught.value.error_dict.items()}
    assert codes == {
        "phone": "not_allowed_number_type",
        "typed": "impossible_length",
    }
    with pytest.raises(InvalidPhoneNumber):
        person(phone="+1 900 234 5678").save()


@pytest.mark.parametrize("given", [[], {}, (), [""], 0, False, b""], ids=repr)
def test_what_is_no_text_is_refused_wherever_it_stands(
    person: Any, given: object
) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as caught:
        person(phone=NUMBER, second=given, third=given).full_clean()

    codes = {name: found[0].code for name, found in caught.value.error_dict.items()}
    assert codes == {"second": "invalid", "third": "invalid"}


def test_what_a_column_holds_is_not_judged_again(person: Any) -> None:
    """As after a narrower policy, or a plan that gave up a range."""
    from django.db import connection

    person(phone=NUMBER).save()
    with connection.cursor() as cursor:
        table = person._meta.db_table
        cursor.execute(f"UPDATE {table} SET phone = '+19002345678', second = '+4912'")

    found = person.objects.get()
    found.full_clean()

    assert (found.phone.e164, found.second.calling_code) == ("+19002345678", 49)


def test_a_model_s_form_reads_the_same(person: Any) -> None:
    from django.forms import modelform_factory

    form_of = modelform_factory(person, fields=["phone", "second", "third"])
    form = form_of({"phone": "(555) 323-1234", "second": "", "third": " "})

    assert form.is_valid(), form.errors
    form.save()

    assert (column(person, "phone"), column(person, "third")) == ("+15553231234", "")
    again = form_of({"phone": "(555) 323-1234"})
    assert again.errors.as_data()["phone"][0].code == "unique"


def test_a_fixture_goes_to_json_and_back(person: Any) -> None:
    from django.core import serializers

    person(phone=NUMBER).save()
    written_out = serializers.serialize("json", person.objects.all())
    assert json.loads(written_out)[0]["fields"]["phone"] == "+15553231234"

    field = person._meta.get_field("phone")
    assert field.to_python("+15553231234") == NUMBER


WIDER = PhonePolicy(denied_types=["voip", "pager"], allowed_calling_codes={44, 1})


@pytest.mark.parametrize(
    "policy", [*POLICIES.values(), WIDER], ids=[*map(str, POLICIES), "wider"]
)
def test_migrations_write_fields_and_validators_with_their_policy(
    policy: PhonePolicy,
) -> None:
    from django.db.migrations.writer import MigrationWriter

    from verify_core.forms.django import PhoneModelField, PhoneValidator

    field = PhoneModelField(policy=policy, null=True, validators=[])
    validator = PhoneValidator(policy)
    for made in (field, validator):
        text, imports = MigrationWriter.serialize(made)
        names: dict[str, Any] = {}
        exec("\n".join(imports), names)
        again = eval(text, names)
        assert again.policy == policy
        assert MigrationWriter.serialize(again) == (text, imports)
    assert field.clone().deconstruct() == field.deconstruct()
    assert PhoneValidator(policy) == validator
    assert hash(PhoneValidator(policy)) == hash(validator)
