"""
What a tenant is configured with beside its journeys: schema, policies, terms.

Policies, their ids and what they say of a value are those of IDM; source: Ping
Identity, PingIDM 8, "Default policy for managed objects", read 2026-11-28.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from attrs import frozen

from ..errors import InvalidSetting
from ..validation import require_mapping
from ._json import EMPTY, Members, frozen_json

_TITLES = {
    "userName": "Username",
    "password": "Password",
    "givenName": "First Name",
    "sn": "Last Name",
    "mail": "Email Address",
    "telephoneNumber": "Telephone Number",
}
_SWITCHES = {"marketing": "Send me special offers", "updates": "Send me news"}

_DEFAULTS: Mapping[str, object] = {
    "schema": {
        "required": ["userName", "givenName", "sn", "mail"],
        "properties": {
            **{
                name: {"title": title, "type": "string"}
                for name, title in _TITLES.items()
            },
            "userName": {
                "title": "Username",
                "type": "string",
                "policies": [{"policyId": "unique"}],
            },
            "mail": {
                "title": "Email Address",
                "type": "string",
                "policies": [{"policyId": "valid-email-address-format"}],
            },
            "preferences": {
                "type": "object",
                "properties": {
                    name: {"description": text, "type": "boolean"}
                    for name, text in _SWITCHES.items()
                },
            },
        },
    },
    "terms": {
        "version": "0.0",
        "terms": "Terms and conditions",
        "createDate": "2019-10-28T04:20:11.320Z",
    },
    "consents": [],
    "kba": {
        "questions": {
            "1": {"en": "What's your favorite color?"},
            "2": {"en": "Who was your first employer?"},
        },
        "minimumAnswersToDefine": 2,
        "minimumAnswersToVerify": 1,
    },
    "session": None,
}


def _object(members: Members, name: str) -> Members:
    found = members.get(name)
    return found if isinstance(found, Mapping) else EMPTY


@frozen(kw_only=True, repr=False)
class Tenant:
    """
    What nodes ask of a tenant, as IDM has it.

    Attributes:
        schema: The managed object: `properties`, `required`.
        own_schema: Whether it was passed in, so that it lists every attribute.
        terms: The active terms, or None.
        consents: Mappings that a person is asked to agree to.
        kba: Security questions, and how many are asked.
        session: Properties of the session that the person has already, or None.
    """

    schema: Members
    own_schema: bool
    terms: Members | None
    consents: tuple[Members, ...]
    kba: Members
    session: Members | None

    @classmethod
    def read(cls, given: Mapping[str, object]) -> Tenant:
        """
        A tenant with these settings, and defaults for the rest.

        Raises:
            InvalidSetting: A setting that there is not, or of another type.
        """
        own = require_mapping("tenant", given)
        for name in own:
            if name not in _DEFAULTS:
                listed = ", ".join(_DEFAULTS)
                raise InvalidSetting("tenant", f"takes {listed}; not {name!r:.40}")
        read = {
            name: frozen_json(own.get(name, value), f"tenant.{name}")
            for name, value in _DEFAULTS.items()
        }
        consents = read["consents"]
        if not isinstance(consents, tuple):
            raise InvalidSetting("tenant.consents", "takes an array of objects")
        return cls(
            schema=_settings(read, "schema"),
            own_schema="schema" in own,
            terms=_settings_or_none(read, "terms"),
            consents=tuple(
                _settings({"consents": each}, "consents") for each in consents
            ),
            kba=_settings(read, "kba"),
            session=_settings_or_none(read, "session"),
        )

    @property
    def required(self) -> tuple[str, ...]:
        """The attributes that every person has."""
        found = self.schema.get("required")
        listed = found if isinstance(found, tuple) else ()
        return tuple(each for each in listed if isinstance(each, str))

    def attribute(self, path: str) -> Members | None:
        """What the schema says of `givenName` or `preferences/updates`, or None."""
        found: object = self.schema
        for name in path.strip("/").split("/"):
            members = _object(found, "properties") if isinstance(found, Mapping) else {}
            found = members.get(name)
        return found if isinstance(found, Mapping) else None

    def title(self, path: str) -> str:
        """What a field for the attribute is called."""
        found = self.attribute(path) or EMPTY
        texts = (found.get("title"), found.get("description"), path)
        return next(text for text in texts if isinstance(text, str) and text)

    def policies(self, path: str) -> tuple[Members, ...]:
        """The policies that a value of the attribute is checked against."""
        found = (self.attribute(path) or EMPTY).get("policies")
        listed = found if isinstance(found, tuple) else ()
        return tuple(each for each in listed if isinstance(each, Mapping))

    def policies_shown(self, path: str) -> Members:
        """The same in the form that callbacks have."""
        requirements, shown = [], []
        for policy in self.policies(path):
            each, params = (
                policy.get("policyId"),
                plain_json(policy.get("params") or {}),
            )
            required = [_REQUIREMENTS.get(f"{each}", "")]
            requirements += required
            about = {"policyId": each, "policyRequirements": required, "params": params}
            shown.append(about)
        return {
            "policyRequirements": requirements,
            "fallbackPolicies": None,
            "name": path,
            "policies": shown,
            "conditionalPolicies": None,
        }

    def failed(
        self,
        path: str,
        value: object,
        *,
        person: Members,
        is_taken: Callable[[], bool],
        required: bool = False,
    ) -> tuple[str, ...]:
        """
        What of its policies a value fails, each as the JSON of IDM.

        Args:
            path: The attribute.
            value: What was typed.
            person: The attributes beside it.
            is_taken: Whether another person has the value.
            required: Whether it may not be empty, though the schema allows that.
        """
        if value in ("", None):
            is_required = required or path in self.required
            return (
                (json.dumps({"policyRequirement": "REQUIRED"}),) if is_required else ()
            )
        made = []
        for policy in self.policies(path):
            name = f"{policy.get('policyId')}"
            params = _object(policy, "params")
            passes = is_taken() is False if name == "unique" else True
            check = _CHECKS.get(name)
            if check is not None and isinstance(value, str):
                passes = check(value, params, person)
            if not passes:
                found = {"policyRequirement": _REQUIREMENTS[name]}
                about = {"params": plain_json(params)} if params else {}
                made.append(json.dumps({**about, **found}))
        return tuple(made)


def _settings(read: Mapping[str, object], name: str) -> Members:
    found = read[name]
    if not isinstance(found, Mapping):
        raise InvalidSetting(f"tenant.{name}", "takes an object")
    return found


def _settings_or_none(read: Mapping[str, object], name: str) -> Members | None:
    return None if read[name] is None else _settings(read, name)


def plain_json(value: object) -> object:
    """The value in the types that `json` writes."""
    if isinstance(value, Mapping):
        return {name: plain_json(member) for name, member in value.items()}
    return [*map(plain_json, value)] if isinstance(value, tuple) else value


def whole_number(members: Members, name: str, default: int) -> int:
    """A number of the tenant's settings; anything else is the default."""
    found = members.get(name)
    is_number = isinstance(found, int) and not isinstance(found, bool)
    return found if is_number and isinstance(found, int) else default


def _texts(members: Members, name: str) -> tuple[str, ...]:
    found = members.get(name)
    listed = found if isinstance(found, tuple) else ()
    return tuple(each for each in listed if isinstance(each, str) and each)


def _contains_no_other(value: str, params: Members, person: Members) -> bool:
    others = (person.get(name) for name in _texts(params, "disallowedFields"))
    folded = value.casefold()
    return not any(
        isinstance(each, str) and each and each.casefold() in folded for each in others
    )


PolicyCheck: TypeAlias = Callable[[str, Members, Members], bool]

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[0-9().\- ]{3,40}")
_CHECKS: Mapping[str, PolicyCheck] = {
    "minimum-length": lambda v, p, _: len(v) >= whole_number(p, "minLength", 0),
    "maximum-length": lambda v, p, _: len(v) <= whole_number(p, "maxLength", 1 << 30),
    "at-least-X-capitals": lambda v, p, _: (
        sum(letter.isupper() for letter in v) >= whole_number(p, "numCaps", 0)
    ),
    "at-least-X-numbers": lambda v, p, _: (
        sum(letter.isdecimal() for letter in v) >= whole_number(p, "numNums", 0)
    ),
    "cannot-contain-characters": lambda v, p, _: (
        not any(each in v for each in _texts(p, "forbiddenChars"))
    ),
    "cannot-contain-others": _contains_no_other,
    "valid-email-address-format": lambda v, _p, _: _EMAIL.fullmatch(v) is not None,
    "valid-phone-format": lambda v, _p, _: _PHONE.fullmatch(v) is not None,
}
_REQUIREMENTS: Mapping[str, str] = {
    "required": "REQUIRED",
    "not-empty": "REQUIRED",
    "unique": "UNIQUE",
    "no-internal-user-conflict": "UNIQUE",
    "minimum-length": "MIN_LENGTH",
    "maximum-length": "MAX_LENGTH",
    "at-least-X-capitals": "AT_LEAST_X_CAPITAL_LETTERS",
    "at-least-X-numbers": "AT_LEAST_X_NUMBERS",
    "cannot-contain-characters": "CANNOT_CONTAIN_CHARACTERS",
    "cannot-contain-others": "CANNOT_CONTAIN_OTHERS",
    "valid-email-address-format": "VALID_EMAIL_ADDRESS_FORMAT",
    "valid-phone-format": "VALID_PHONE_FORMAT",
    "valid-type": "VALID_TYPE",
}
