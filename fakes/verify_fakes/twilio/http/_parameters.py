"""
What each operation accepts: tables of parameters, and the few lines that read them.

Twilio ignores names that it does not know, and optional values that are empty.
Sources: Twilio, API descriptions of Verify v2 (2026-04-14) and Lookup v2 (2026-02-05);
code length and digits in a friendly name: a tester's live observations, 2026-03-25.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar
from unicodedata import category

from attrs import field, frozen

from ..machine._commands import TemplateChoice, TwilioRefusal
from ..machine._errors import Reason
from ..machine._numbers import is_country, is_email
from ..machine._state import TwilioChannel, TwilioStatus

#: Parameters whose values no log may keep.
SECRETS = frozenset(
    {
        *("Code", "CustomCode", "CustomMessage", "SnaClientToken", "AuthPayload"),
        *("Binding.Secret", "TemplateCustomSubstitutions", "Templates"),
        "HiddenDetails",
    }
)
_SECRETS = frozenset(name.lower() for name in SECRETS)


def is_secret(name: str) -> bool:
    """Whether a log must not keep a parameter's value; names count in any case."""
    return name.lower() in _SECRETS


_Value = TypeVar("_Value")
#: Turns text into a value; a ValueError refuses the text.
Reader: TypeAlias = Callable[[str], Any]


@frozen
class Parameter:
    """
    One row of a table.

    Attributes:
        reads: Turns the text into a value.
        required: Whether its absence is an error.
        wrong: The reason where it is absent or malformed.
        repeats: How often it may be given; its value is a tuple then. Zero is once, and
            no tuple.
    """

    reads: Reader
    required: bool = field(default=False, kw_only=True)
    wrong: Reason = field(default=Reason.INVALID_PARAMETER, kw_only=True)
    repeats: int = field(default=0, kw_only=True)


Table: TypeAlias = Mapping[str, Parameter]


def read(
    given: Mapping[str, str],
    table: Table,
    repeated: Mapping[str, tuple[str, ...]] | None = None,
) -> dict[str, Any] | TwilioRefusal:
    """The parameters that are there, as values; or the refusal of the first bad one."""
    values: dict[str, Any] = {}
    for name, parameter in table.items():
        text = given.get(name, "")
        if not text and not parameter.required:
            continue
        try:
            if parameter.repeats:
                texts = (repeated or {}).get(name, (text,))
                values[name] = _each(parameter, texts)
            else:
                values[name] = parameter.reads(text)
        except ValueError:
            # The message about To repeats the value, all others name the parameter.
            detail = text if parameter.wrong is Reason.INVALID_TO else name
            return TwilioRefusal(reason=parameter.wrong, detail=detail)
    return values


def _each(parameter: Parameter, texts: tuple[str, ...]) -> tuple[Any, ...]:
    fits = len(texts) <= parameter.repeats
    return tuple(parameter.reads(each) for each in checked(texts, fits))


def checked(value: _Value, fits: object) -> _Value:
    """Return a value that fits; raises a reader's ValueError otherwise."""
    if not fits:
        raise ValueError
    return value


def text(least: int = 1, most: int = 10_000) -> Reader:
    """Any text of so many characters."""
    return lambda value: checked(value, least <= len(value) <= most)


def whole(least: int, most: int) -> Reader:
    """A whole number within bounds."""
    digits = re.compile(r"[0-9]{1,9}")
    return lambda value: checked(
        int(checked(value, digits.fullmatch(value))), least <= int(value) <= most
    )


def shaped(pattern: str) -> Reader:
    """Text that a regular expression matches as a whole."""
    compiled = re.compile(pattern)
    return lambda value: checked(value, compiled.fullmatch(value))


def sid(prefix: str) -> Reader:
    """An identifier with a prefix of two letters."""
    return shaped(prefix + r"[0-9a-fA-F]{32}")


def flag(value: str) -> bool:
    """`true` or `false`, in any case."""
    return checked(value.lower(), value.lower() in ("true", "false")) == "true"


def address(value: str) -> str:
    """An IPv4 or IPv6 address."""
    return str(ipaddress.ip_address(value))


def instant(value: str) -> datetime:
    """An ISO 8601 instant; without a zone it is UTC."""
    read = datetime.fromisoformat(value)
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError:
        raise ValueError from None


def _loaded(value: str, kind: type[_Value]) -> _Value:
    """JSON of one kind whose texts can be written out again."""
    try:
        loaded: _Value = json.loads(value)  # its errors are ValueErrors
        # Half of a surrogate pair can be escaped in JSON, but not encoded.
        json.dumps(loaded, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError from None
    return checked(loaded, isinstance(loaded, kind))


_SINGLE = (str, int, float, bool)


def json_map(value: str) -> dict[str, Any]:
    return _loaded(value, dict)


def text_map(value: str, kinds: tuple[type, ...] = _SINGLE) -> dict[str, str]:
    """A JSON object of single values; numbers and truth values become text."""
    loaded = json_map(value)
    checked(loaded, all(isinstance(each, kinds) for each in loaded.values()))
    return {name: str(each) for name, each in loaded.items()}


def string_map(value: str) -> dict[str, str]:
    """A JSON object of text alone, of at most 1024 characters."""
    return text_map(text(0, 1_024)(value), (str,))


def tags(value: str) -> dict[str, str]:
    """At most ten pairs of text, each side of at most 128 characters."""
    return _small(text_map(value, (str,)), pairs=10, length=128)


def rate_limits(value: str) -> dict[str, str]:
    """Values by the unique names of rate limits; few and short, for they are kept."""
    return _small(text_map(value), pairs=10, length=256)


def _small(loaded: dict[str, str], *, pairs: int, length: int) -> dict[str, str]:
    longest = max(map(len, [*loaded, *loaded.values()]), default=0)
    return checked(loaded, len(loaded) <= pairs and longest <= length)


def template_choices(value: str) -> tuple[TemplateChoice, ...]:
    """A JSON array of at most ten templates, each with its substitutions."""
    loaded = _loaded(value, list)
    checked(loaded, 1 <= len(loaded) <= _TEMPLATES)
    return tuple(_template_choice(each) for each in loaded)


def _template_choice(given: object) -> TemplateChoice:
    one = json_map(json.dumps(given))
    return TemplateChoice(
        sid=sid("HJ")(str(one.get("sid"))),
        substitutions=text_map(json.dumps(one.get("substitutions", {}))),
    )


def friendly_name(value: str) -> str:
    """
    A service's name: letters, spaces, dashes, underscores, and at most four digits.

    Source: Twilio, "Services", friendly_name, read 2026-11-28.
    """
    checked(value, all(each in " -_" or category(each)[0] in "LMN" for each in value))
    checked(value, len(re.findall(r"[0-9]", value)) < _DIGITS)
    return checked(value, 1 <= len(value) <= _NAME)


def country_code(value: str) -> str:
    """A country with phone numbers: its ISO 3166 code, in upper case."""
    return checked(value.upper(), is_country(value.upper()))


def channel_configuration(value: str) -> dict[str, Any]:
    """How an e-mail looks, as a JSON object; its `from`, if any, is an address."""
    loaded = json_map(value)
    sender = loaded.get("from", "ann@example.org")
    return checked(loaded, isinstance(sender, str) and is_email(sender))


_TEMPLATES = 10
_NAME = 30  # the error page and the answer's description; the parameter's says 32
_DIGITS = 5

# Source: Twilio, "Verify: supported languages", read 2026-11-22.
_LOCALES = frozenset(
    "af ar ca cs da de el en en-GB es et fi fr he hi hr hu id it ja kn ko lt mr ms nb "
    "nl pl pt pt-BR ro ru sk sv te th tl tr uk vi zh zh-CN zh-HK".lower().split()
)


def locale(value: str) -> str:
    """One of the languages that Twilio has texts for."""
    return checked(value, value.lower() in _LOCALES)


def new_status(value: str) -> TwilioStatus:
    """A status that an update may ask for."""
    return TwilioStatus(shaped("canceled|approved")(value))


CREATE_VERIFICATION: Table = {
    "To": Parameter(text(), required=True, wrong=Reason.INVALID_TO),
    # sna and auto need access that an ordinary account does not have; so does rcs.
    "Channel": Parameter(
        reads=TwilioChannel, required=True, wrong=Reason.INVALID_CHANNEL
    ),
    "CustomFriendlyName": Parameter(text(1, _NAME)),
    "CustomMessage": Parameter(text()),  # refused by its presence
    # Refused by Twilio's calls (21206); the length is that of a call's own SendDigits.
    "SendDigits": Parameter(shaped(r"[0-9A-DwW#*]{1,32}")),
    "Locale": Parameter(locale),
    "CustomCode": Parameter(text()),  # judged by the service's switch
    "Amount": Parameter(text()),
    "Payee": Parameter(text()),
    "RateLimits": Parameter(rate_limits),
    "ChannelConfiguration": Parameter(channel_configuration),
    # Eleven characters of base 64 (Google, "Computing your app's hash string").
    "AppHash": Parameter(shaped(r"[A-Za-z0-9+/]{11}")),
    "TemplateSid": Parameter(sid("HJ")),
    "TemplateCustomSubstitutions": Parameter(text_map),
    # Not in the description; sent by PyPI twilio 9.13.0 and npm twilio 6.2.0.
    "Templates": Parameter(template_choices, wrong=Reason.TEMPLATES_MALFORMED),
    "DeviceIp": Parameter(address),
    "EnableSnaClientToken": Parameter(flag),
    "RiskCheck": Parameter(shaped("enable|disable")),
    "Tags": Parameter(tags),
}

UPDATE_VERIFICATION: Table = {
    "Status": Parameter(new_status, required=True),
}

CREATE_CHECK: Table = {
    "Code": Parameter(text(0), required=True, wrong=Reason.INVALID_CODE),
    "VerificationSid": Parameter(text()),
    "To": Parameter(text(), wrong=Reason.INVALID_TO),
    "Amount": Parameter(text()),
    "Payee": Parameter(text()),
}
