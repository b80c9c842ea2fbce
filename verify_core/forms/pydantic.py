"""
`PhoneNumber` and `EmailAddress` as field types of pydantic, version 2.

    class Login(BaseModel):
        phone: Annotated[PhoneNumber, PhonePolicy(default_region="US")]
        receipt: Annotated[EmailAddress | None, Masked] = None

Nothing is to be imported from here but `Masked`: the classes carry pydantic's hooks,
which load this module. A value is read from text, in Python and in JSON alike, or is
one already and passes as it is. JSON has the full number in E.164, or the full address.

An error's type is the reason, such as `missing_country_code`, and its message the
reason's sentence. Its input, which pydantic would show, is `***`. Where another field
of the model is wrong, pydantic shows the whole of what it was given, and where another
validator refuses the number, what was typed; the model's setting `hide_input_in_errors`
hides that, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from types import NoneType
from typing import Annotated, Any, NoReturn, TypeVar, get_args, get_origin

from attrs import evolve, frozen
from pydantic import GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema

from verify_core.errors import InputError, InvalidSetting
from verify_core.explain import record_of
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber, PhonePolicy, example_number, read_phone

__all__ = ["Masked"]

T = TypeVar("T", PhoneNumber, EmailAddress)

_PARTS = {PhoneNumber, EmailAddress, NoneType, str, int, ...}
"""
What the type of a field with a policy may be made of, besides unions and containers.

Models and aliases (`type Phone = …`) are built once for all who use them, and a policy
would change them for the others.
"""


@frozen(kw_only=True)
class _Asked:
    """What the annotations around a type ask for."""

    policy: PhonePolicy | None = None
    masked: bool = False


_NOTHING = _Asked()
_ASKED: ContextVar[_Asked] = ContextVar("verify_core.forms.pydantic", default=_NOTHING)
# Pydantic asks the outermost annotation first and the type itself last, so that what is
# asked for reaches the number wherever it stands: in a list, in a union, behind others.


class Masked:
    """
    Marks a field that is masked in JSON: `+1********34`, `p***@example.org`.

    It stands anywhere in the `Annotated` of the field. `model_dump()` keeps the value
    itself, whose `str` and `repr` are masked everywhere.
    """

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        _require_beside("Masked", source, PhoneNumber, EmailAddress)
        return _with(evolve(_ASKED.get(), masked=True), source, handler)


def schema_under(
    policy: PhonePolicy, source: object, handler: GetCoreSchemaHandler
) -> core_schema.CoreSchema:
    """
    What a policy makes of the type that it stands beside.

    Raises:
        InvalidSetting: A second policy stands there, or the type has no `PhoneNumber`.
    """
    if _ASKED.get().policy is not None:
        raise InvalidSetting("policy", "takes one PhonePolicy for a field, not several")
    _require_beside("PhonePolicy", source, PhoneNumber)
    return _with(evolve(_ASKED.get(), policy=policy), source, handler)


def phone_schema(handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """How pydantic reads and writes a `PhoneNumber`."""
    asked = _ASKED.get()
    policy = asked.policy or PhonePolicy()
    example = example_number(policy)
    return _schema(
        PhoneNumber, lambda text: read_phone(text, policy), "phone", example, handler
    )


def email_schema(handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """How pydantic reads and writes an `EmailAddress`."""
    example = EmailAddress("person@example.org")
    return _schema(EmailAddress, EmailAddress, "email", example, handler)


def _with(
    asked: _Asked, source: object, handler: GetCoreSchemaHandler
) -> core_schema.CoreSchema:
    before = _ASKED.set(asked)
    try:
        return handler(source)
    finally:
        _ASKED.reset(before)


def _require_beside(marker: str, source: object, *kinds: type) -> None:
    found = set(_parts_of(source))
    if found.isdisjoint(kinds) or not found <= _PARTS:
        raise InvalidSetting(
            marker,
            "stands beside a type, as in Annotated[PhoneNumber, PhonePolicy()]",
        )


def _parts_of(source: Any) -> Iterable[object]:  # noqa: ANN401 - any annotation
    if get_origin(source) is None:
        yield source
    elif get_origin(source) is Annotated:
        yield from _parts_of(source.__origin__)
    else:
        for each in get_args(source):
            yield from _parts_of(each)


class _NotShown(str):
    """Stands for the input where pydantic would show it; knows what was wrong."""

    __slots__ = ("error",)

    error: PydanticCustomError | PydanticKnownError


def _refuse(shown: _NotShown) -> NoReturn:
    raise shown.error


def _schema(
    kind: type[T],
    read: Callable[[str], T],
    json_format: str,
    example: T | None,
    handler: GetCoreSchemaHandler,
) -> core_schema.CoreSchema:
    def take(value: object, refuse: Callable[[object], T]) -> T:
        if isinstance(value, kind):
            return value
        shown = _NotShown("***")
        try:
            if isinstance(value, str):
                return read(value)
            shown.error = PydanticKnownError("string_type")
        except InputError as error:
            # Braces would be places to fill in; no reason and no sentence has any.
            sentence = record_of(error).message
            shown.error = PydanticCustomError(str(error.reason), sentence)
        return refuse(shown)

    take.__name__ = kind.__name__  # pydantic names errors, and arms of a union, by it
    masked = _ASKED.get().masked
    write: Callable[[T], str] = str if masked else _full
    examples = [] if example is None else [example]
    taken = _text(json_format, [each.value for each in examples])
    given = _text("" if masked else json_format, [write(each) for each in examples])
    return core_schema.no_info_wrap_validator_function(
        take,
        core_schema.no_info_before_validator_function(
            _refuse, handler.generate_schema(taken)
        ),
        serialization=core_schema.plain_serializer_function_ser_schema(
            write, return_schema=handler.generate_schema(given), when_used="json"
        ),
    )


def _full(value: PhoneNumber | EmailAddress) -> str:
    return value.value


def _text(json_format: str, examples: list[str]) -> object:
    members: dict[str, Any] = {"type": "string"}
    if json_format:
        members["format"] = json_format
    if examples:
        members["examples"] = examples
    return Annotated[Any, WithJsonSchema(members)]
