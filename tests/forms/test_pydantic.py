"""Fields of pydantic read what the core reads, and show nothing that was typed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query
from hypothesis import given, settings, strategies as st
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from tests.support.junk import junk, real
from tests.support.typed import NO_TEXTS, ODD_TEXTS, POLICIES, outcome, written
from verify_core import EmailAddress, Identifier, PhoneNumber, PhonePolicy, read_phone
from verify_core.errors import InvalidEmailAddress, InvalidSetting, PhoneReason
from verify_core.forms.pydantic import Masked

NUMBER = read_phone("+15553231234")
AMERICAN = POLICIES["american"]
ADAPTERS: dict[str, TypeAdapter[PhoneNumber]] = {
    name: TypeAdapter(Annotated[PhoneNumber, policy])
    for name, policy in POLICIES.items()
}
EMAIL: TypeAdapter[EmailAddress] = TypeAdapter(EmailAddress)


class Person(BaseModel):
    """One field of each kind."""

    model_config = ConfigDict(frozen=True)

    phone: Annotated[PhoneNumber, AMERICAN] = Field(description="Where codes go.")
    mail: EmailAddress | None = None
    shown: Annotated[PhoneNumber | None, Masked, AMERICAN] = None
    others: tuple[Annotated[PhoneNumber, AMERICAN], ...] = ()


def tried(read: Callable[[], Any]) -> tuple[str, str]:
    try:
        return "e164", read().e164
    except ValidationError as error:
        (only,) = error.errors()
        return "reason", only["type"]


@given(st.sampled_from(sorted(POLICIES)), written)
def test_a_field_accepts_what_the_core_accepts(name: str, text: str) -> None:
    adapter = ADAPTERS[name]
    expected = outcome(text, POLICIES[name])

    assert tried(lambda: adapter.validate_python(text)) == expected
    if text.isascii() or text.encode(errors="ignore").decode() == text:
        dumped = json.dumps(text)
        assert tried(lambda: adapter.validate_json(dumped)) == expected


@pytest.mark.parametrize("kind", [PhoneNumber, EmailAddress])
def test_the_title_of_an_error_has_no_more_than_the_name_of_the_type(
    kind: type[PhoneNumber | EmailAddress],
) -> None:
    """Pydantic writes its own word before the name of a function that validates."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python("x")

    assert caught.value.title == f"function-wrap[{kind.__name__}()]"


@given(written)
def test_an_address_is_what_the_core_takes_for_one(text: str) -> None:
    try:
        expected = EmailAddress(text).address
    except InvalidEmailAddress:
        with pytest.raises(ValidationError) as caught:
            EMAIL.validate_python(text)
        assert caught.value.errors()[0]["type"] == "invalid_email"
    else:
        assert EMAIL.validate_python(text).address == expected


@settings(max_examples=50)
@given(junk)
def test_whatever_is_given_the_error_is_pydantic_s_and_repeats_nothing(
    given: Any,  # noqa: ANN401
) -> None:
    for adapter in (ADAPTERS["default"], EMAIL):
        try:
            adapter.validate_python(real(given))
        except ValidationError as error:
            (only,) = error.errors(include_url=False)
            assert only["input"] == "***"


@pytest.mark.parametrize("given", [*NO_TEXTS, None, *ODD_TEXTS], ids=lambda _: "")
def test_an_error_shows_nothing_of_what_was_given(given: object) -> None:
    with pytest.raises(ValidationError) as caught:
        ADAPTERS["default"].validate_python(given)
    (only,) = caught.value.errors()
    shown = [
        str(caught.value),
        repr(caught.value),
        caught.value.json(),
        json.dumps(only),
        "".join(traceback.format_exception(caught.value)),
    ]

    if isinstance(given, str):
        reason = PhoneReason(outcome(given, PhonePolicy())[1])
        assert (only["type"], only["msg"]) == (reason.value, reason.sentence)
    else:
        assert only["type"] == "string_type"
    for text in shown:
        assert "555323" not in text
        assert len(text) < 3000


def test_premium_rate_numbers_are_refused_unless_the_policy_takes_them() -> None:
    costly = "+1 900 234 5678"

    assert tried(lambda: ADAPTERS["default"].validate_python(costly)) == (
        "reason",
        "not_allowed_number_type",
    )
    assert ADAPTERS["generous"].validate_python(costly).e164 == "+19002345678"


def test_values_pass_as_they_are() -> None:
    adapter = ADAPTERS["british"]

    assert adapter.validate_python(NUMBER) is NUMBER
    assert EMAIL.validate_python(EmailAddress("a@example.org")).kind == "email"
    with pytest.raises(ValidationError):
        adapter.validate_python(EmailAddress("a@example.org"))


def test_a_model_goes_to_json_and_back() -> None:
    person = Person.model_validate_json(
        '{"phone": "(555) 323-1234", "mail": "ann@M\\u00fcnchen.example",'
        ' "others": ["+44 7400 123456"]}'
    )

    assert person.phone == NUMBER
    assert person.model_dump()["phone"] is person.phone
    assert person.model_dump(mode="json") == {
        "phone": "+15553231234",
        "mail": "ann@xn--mnchen-3ya.example",
        "shown": None,
        "others": ["+447400123456"],
    }
    assert Person.model_validate_json(person.model_dump_json()) == person
    assert hash(person) == hash(person.model_copy())


def test_no_model_shows_a_number_in_its_repr() -> None:
    person = Person(phone=NUMBER, shown=NUMBER, others=(NUMBER,))

    assert "5553" not in repr(person) + str(person)


@pytest.mark.parametrize("marker", [Masked, Masked()], ids=["class", "instance"])
def test_what_is_masked_is_masked_in_json_alone(marker: object) -> None:
    kind: Any = Annotated[dict[PhoneNumber, list[Identifier]], marker, AMERICAN]
    adapter = TypeAdapter[Any](kind)

    value = adapter.validate_python({"(555) 323-1234": ["p@example.org", NUMBER]})

    assert list(value) == [NUMBER]
    assert json.loads(adapter.dump_json(value)) == {
        "+1********34": ["p***@example.org", "+1********34"]
    }


def test_a_policy_reaches_its_number_behind_other_annotations() -> None:
    def is_american(number: PhoneNumber) -> PhoneNumber:
        assert number.calling_code == 1
        return number

    behind = TypeAdapter[Any](
        Annotated[PhoneNumber | None, AfterValidator(is_american), AMERICAN]
    )
    before = TypeAdapter[Any](
        Annotated[PhoneNumber, AMERICAN, AfterValidator(is_american)]
    )

    assert behind.validate_python("(555) 323-1234") == NUMBER
    assert before.validate_python("(555) 323-1234") == NUMBER
    with pytest.raises(ValidationError):
        before.validate_python("+44 7400 123456")
    assert ADAPTERS["default"].validate_python("+447400123456").region == "GB"


# Named here: the text of a policy holds a set, which each process writes otherwise.
UNFIT_KINDS = {
    "two policies": Annotated[PhoneNumber, AMERICAN, PhonePolicy()],
    "one inside, one outside": Annotated[
        list[Annotated[PhoneNumber, PhonePolicy()]], AMERICAN
    ],
    "text": Annotated[str, AMERICAN],
    "address": Annotated[EmailAddress, AMERICAN],
    "model": Annotated[Person, AMERICAN],
    "model or number": Annotated[list[Person] | PhoneNumber, AMERICAN],
    "masked text": Annotated[str, Masked],
    "masked": Masked,
}


@pytest.mark.parametrize("kind", UNFIT_KINDS.values(), ids=UNFIT_KINDS)
def test_a_policy_that_has_no_number_or_is_not_alone_is_named(kind: object) -> None:
    with pytest.raises(InvalidSetting, match=r"PhonePolicy|Masked"):
        TypeAdapter(kind)

    # What was refused leaves nothing behind.
    assert tried(
        lambda: TypeAdapter(PhoneNumber).validate_python("(555) 323-1234")
    ) == ("reason", "missing_country_code")


def test_a_policy_itself_is_a_value_like_any_other() -> None:
    class Settings(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)

        policy: PhonePolicy

    assert Settings(policy=AMERICAN).policy is AMERICAN


def test_the_schema_has_format_and_example_both_ways() -> None:
    taken = Person.model_json_schema()["properties"]
    given = Person.model_json_schema(mode="serialization")["properties"]
    number = {"type": "string", "format": "phone", "examples": ["+15553231234"]}

    assert taken["phone"] == given["phone"]
    assert taken["phone"].items() >= number.items()
    assert taken["phone"]["description"] == "Where codes go."
    assert taken["mail"]["anyOf"][0]["format"] == "email"
    assert taken["shown"]["anyOf"][0] == number
    assert given["shown"]["anyOf"][0] == {
        "type": "string",
        "examples": ["+1********34"],
    }
    assert taken["others"]["items"] == number


@pytest.mark.parametrize("name", POLICIES)
def test_the_example_of_a_schema_is_accepted(name: str) -> None:
    (example,) = ADAPTERS[name].json_schema()["examples"]

    assert ADAPTERS[name].validate_python(example).e164 == example


def test_a_policy_that_allows_nothing_has_no_example() -> None:
    contrary = PhonePolicy(allowed_calling_codes={1}, allowed_regions={"GB"})

    schema = TypeAdapter(Annotated[PhoneNumber, contrary]).json_schema()

    assert schema == {"type": "string", "format": "phone"}


def test_the_core_imports_no_framework() -> None:
    program = (
        "import sys, verify_core.identifiers, verify_core.explain\n"
        "verify_core.PhonePolicy(default_region='US')\n"
        "print([name for name in ('pydantic', 'pydantic_core', 'django', 'wtforms',"
        " 'verify_core.forms') if name in sys.modules])"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"


def test_an_api_takes_a_number_wherever_it_stands_and_echoes_none() -> None:
    app = FastAPI()

    @app.get("/{to}")
    def read(
        to: Annotated[PhoneNumber, AMERICAN],
        also: Annotated[EmailAddress | None, Query()] = None,
    ) -> dict[PhoneNumber, EmailAddress | None]:
        return {to: also}

    def get(path: str, **params: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://api.example"
            ) as client:
                return await client.get(path, params=params)

        return asyncio.run(ask())

    assert get("/(555) 323-1234", also="a@example.org").json() == {
        "+15553231234": "a@example.org"
    }
    refused = get("/(555) 323-1234 ext. 5")
    assert refused.status_code == 422
    assert "323" not in refused.text
    (said,) = refused.json()["detail"]
    assert (said["type"], said["loc"]) == ("extension", ["path", "to"])
    operation = get("/openapi.json").json()["paths"]["/{to}"]["get"]
    assert operation["parameters"][0]["schema"]["format"] == "phone"
