"""An HTTP gateway as described: its requests, and what its answers mean. Pure."""

from __future__ import annotations

import base64
import hmac
import json as json_library
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from attrs import frozen

from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSent,
    NotSupported,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    UnsupportedChannel,
)
from verify_core.validation import require_kind, require_mapping, require_members

from ..._toml import require_keys
from ...config import SecretReader
from ...http import FORM, JSON, HttpAnswer, HttpRequest, json_object
from ._http import Delivering, Failure
from ._sender import Message, Sent
from ._templates import VALUES, TextTemplate, Tree, fill_tree, in_url, names_in

NAME = "http"

_MEANINGS: Mapping[str, type[NotSent] | None] = {
    "maybe_sent": None,
    "invalid_identifier": InvalidIdentifier,
    "refused": Refused,
    "too_soon": TooSoon,
    "throttled": Throttled,
    "misconfigured": Misconfigured,
    "unavailable": Unavailable,
    "unsupported_channel": UnsupportedChannel,
    "not_supported": NotSupported,
}
_SENT = "sent"


@frozen(kw_only=True)
class AnswerRule:
    """What an answer means, if it has all that the rule names."""

    means: str
    status: tuple[int, ...] | None = None
    member: tuple[str, ...] | None = None
    values: tuple[object, ...] | None = None
    text: str | None = None

    def reads(self, answer: HttpAnswer) -> Failure | bool | None:
        """A failure, True for sent; None where the answer is another one."""
        if self.status is not None and answer.status not in self.status:
            return None
        if self.text is not None and not _text_of(answer).startswith(self.text):
            return None
        code = ""
        if self.member is not None:
            found = _member(json_object(answer.body), self.member)
            allowed = (found,) if self.values is None else self.values
            if found is _MISSING or not any(_same(found, each) for each in allowed):
                return None
            code = "" if self.values is None else f"{found}"
        if self.means == _SENT:
            return True
        return Failure(kind=_MEANINGS[self.means], code=code)


_MISSING = object()


def _text_of(answer: HttpAnswer) -> str:
    return (answer.body or b"").decode("utf-8", "replace").lstrip("\ufeff \t\r\n")


def _same(found: object, value: object) -> bool:
    return type(found) is type(value) and found == value


def json_pointer(place: str, text: object) -> tuple[str, ...]:
    """A JSON pointer, RFC 6901: `/messages/0/id`."""
    if not isinstance(text, str) or not re.fullmatch(r"(/([^~/]|~[01])*)+", text):
        raise InvalidSetting(place, "takes a JSON pointer, such as /messages/0/id")
    steps = text[1:].split("/")
    return tuple(each.replace("~1", "/").replace("~0", "~") for each in steps)


def _member(data: object, steps: Iterable[str]) -> object:
    for step in steps:
        if isinstance(data, dict):
            data = data.get(step, _MISSING)
        elif isinstance(data, list) and re.fullmatch("0|[1-9][0-9]{0,5}", step):
            data = data[int(step)] if int(step) < len(data) else _MISSING
        else:
            return _MISSING
    return data


def _statuses(place: str, data: object) -> tuple[int, ...] | None:
    if data is None:
        return None
    members = require_members(place, [data] if type(data) is int else data, "numbers")
    if not all(type(each) is int and 200 <= each <= 599 for each in members):  # noqa: PLR2004
        raise InvalidSetting(place, "takes statuses from 200 to 599")
    return members


def _plain_values(place: str, data: object) -> tuple[object, ...] | None:
    if data is None:
        return None
    members = require_members(place, data, "values")
    if not all(isinstance(each, str | bool | int | float) for each in members):
        raise InvalidSetting(place, "takes texts, numbers, true and false")
    return members


def _beginning(place: str, data: object) -> str:
    return require_kind(place, data, str)


_RULE_PARTS: Mapping[str, Callable[[str, object], Any]] = {
    "status": _statuses,
    "member": json_pointer,
    "values": _plain_values,
    "text": _beginning,
}


def read_rule(place: str, data: Mapping[str, object]) -> AnswerRule:
    keys = tuple(sorted(("means", *_RULE_PARTS)))
    require_keys(f"{place}.", require_mapping(place, data), keys)
    means = data.get("means")
    if not isinstance(means, str) or means not in {_SENT, *_MEANINGS}:
        words = ", ".join([_SENT, *_MEANINGS])
        raise InvalidSetting(f"{place}.means", f"takes one of {words}")
    parts = {
        name: read(f"{place}.{name}", data[name])
        for name, read in _RULE_PARTS.items()
        if name in data
    }
    rule = AnswerRule(means=means, **parts)
    if rule.values is not None and rule.member is None:
        raise InvalidSetting(f"{place}.member", "missing; the values are of a member")
    if (rule.status, rule.member, rule.text) == (None, None, None):
        raise InvalidSetting(place, "takes status, member or text")
    return rule


@frozen
class Place:
    """Where requests go: the host, and templates of path and query."""

    host: str
    path: TextTemplate
    query: TextTemplate | None


@frozen(kw_only=True)
class Gateway:
    """A description, read: what is sent for a message, and what answers mean."""

    method: str
    place: Place
    headers: Mapping[str, TextTemplate]
    json: Tree
    form: Mapping[str, Tree] | None
    secrets: Mapping[str, SecretReader]
    signing: SecretReader | None
    rules: tuple[AnswerRule, ...]
    vendor_id: tuple[str, ...] | None
    clock: Callable[[], datetime]

    @property
    def delivering(self) -> Delivering:
        """How an answer reads."""
        return Delivering(
            name=NAME,
            shown=self.place.host,
            read=self._read,
            refuses_by_200=True,
            may_echo=True,
        )

    def ask(self, message: Message) -> HttpRequest:
        """Make the request for a message."""
        with suppress(UnicodeEncodeError):  # which quotes the text: not chained
            return self._request(message)
        raise Misconfigured("HTTP: a value holds half a character", NAME)

    def _request(self, message: Message) -> HttpRequest:
        values = {name: VALUES[name](message) for name in self._names()}
        values |= {name: secret.read() for name, secret in self.secrets.items()}
        body, content_type = self._body(values)
        headers = {name: each.filled(values) for name, each in self.headers.items()}
        if not all(re.fullmatch("[ -~]*", value) for value in headers.values()):
            raise Misconfigured("HTTP: a header cannot hold its value", NAME)
        path = self.place.path.filled(values, in_url)
        if {".", ".."} & set(path.split("/")):
            raise Misconfigured("HTTP: the URL's path cannot hold its value", NAME)
        shown = self.place.path.filled(dict.fromkeys(self.place.path.names, "***"))
        if self.place.query:
            query = self.place.query.filled(values, in_url)
            path, shown = f"{path}?{query}", f"{shown}?***"
        return HttpRequest(
            method=self.method,
            path=path,
            shown_path=shown,
            body=body,
            content_type=content_type,
            headers={**headers, **self._signature(message, body or b"")},
        )

    def _names(self) -> frozenset[str]:
        parts = [self.place.path, self.place.query, self.json, self.form]
        parts += self.headers.values()
        return frozenset().union(*map(names_in, parts)) & VALUES.keys()

    def _body(self, values: Mapping[str, str]) -> tuple[bytes | None, str]:
        if self.form is not None:
            return urlencode(fill_tree(self.form, values), doseq=True).encode(), FORM
        if self.json is not None:
            return json_library.dumps(fill_tree(self.json, values)).encode(), JSON
        return None, JSON

    def _signature(self, message: Message, body: bytes) -> Mapping[str, str]:
        """Standard Webhooks 1.0.0: one signature for each secret, while they rotate."""
        if self.signing is None:
            return {}
        now = self.clock()
        attempt = re.sub("[^A-Za-z0-9-]", "-", message.attempt_id)[:64]
        # With the time: a receiver drops what has the id of an earlier message.
        id_ = f"msg_{attempt}-{message.number}-{now:%Y%m%d%H%M%S%f}"
        timestamp = f"{int(now.timestamp())}"
        signed = f"{id_}.{timestamp}.".encode() + body
        keys = signing_keys(self.signing.read())
        if keys is None:
            raise Misconfigured("HTTP: the signing secret is not in base64", NAME)
        return {
            "webhook-id": id_,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(
                f"v1,{to_base64(hmac.digest(key, signed, 'sha256'))}" for key in keys
            ),
        }

    def _read(self, answer: HttpAnswer) -> Sent | Failure | None:
        for rule in self.rules:
            found = rule.reads(answer)
            if isinstance(found, Failure):
                return found
            if found:
                return self._sent(answer)
        # Where a rule says what sent looks like, nothing else does.
        if any(rule.means == _SENT for rule in self.rules):
            return None
        return self._sent(answer)

    def _sent(self, answer: HttpAnswer) -> Sent:
        if self.vendor_id is None:
            return Sent()
        found = _member(json_object(answer.body), self.vendor_id)
        return Sent(vendor_id=f"{found}"[:200] if isinstance(found, str | int) else "")


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def signing_keys(text: str) -> list[bytes] | None:
    with suppress(ValueError):
        keys = [
            base64.b64decode(each.removeprefix("whsec_"), validate=True)
            for each in text.split()
        ]
        return keys if keys and all(keys) else None
    return None
