"""Any HTTP gateway, by description."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from attrs import evolve

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_core.masking import Secret
from verify_core.validation import (
    read_member,
    require_kind,
    require_mapping,
    require_members,
)

from ...config import BasicCredentials, SecretReader, SecretSource
from ...http import Reach, utc_now
from ._gateway import (
    NAME,
    AnswerRule,
    Gateway,
    Place,
    json_pointer,
    read_rule,
    signing_keys,
)
from ._http import DEFAULT_REACH, ConversationSender
from ._templates import VALUES, TextTemplate, Tree, read_template, read_tree

_METHODS = ("POST", "PUT", "GET")
_URL = re.compile(r"(https?://([^/?#@{}\s]+))((?:[/?][^#\s]*)?)")
_IN_URL = re.compile(r"[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]*")
_HEADER = re.compile("[A-Za-z0-9-]{1,100}")
# Set from the request itself, by the connection or by the signature.
_OWN_HEADERS = re.compile(
    "host|content-.*|transfer-encoding|connection|accept-encoding|webhook-.*",
    re.IGNORECASE,
)
_DEFAULT_BODY = {
    name: f"{{{name}}}" for name in sorted(VALUES.keys() - {"to_digits", "to_national"})
}


class HttpSender(ConversationSender):
    """
    Sends through any HTTP gateway, by a description of its requests and answers.

    Placeholders may stand in the URL's path and query, in headers and in the texts of
    the body: `{to}`, `{to_digits}` (without plus), `{to_national}` (without calling
    code), `{code}`, `{text}`, `{subject}`, `{html}`, `{brand}`, `{language}`,
    `{channel}`, `{minutes}`, `{attempt_id}`, `{number}`, and the names of `secrets`.
    Each value is escaped for its place.

    Without `answers`, a 2xx is sent, a 4xx is not and everything else may be. Each of
    them may name `status` (one or several), `member` (a JSON pointer) with its `values`
    (without them, it need only be there), or `text` (how the body begins), and says
    what an answer with all of these `means`: `sent`, `maybe_sent`, or an error:
    `invalid_identifier`, `refused`, `too_soon`, `throttled`, `misconfigured`,
    `unavailable`, `unsupported_channel`, `not_supported`. The first that fits counts.
    Where one means `sent`, another 2xx may be sent or not. A time to wait is read from
    `Retry-After`.

    Args:
        url: Where to; `https`, or `http` on a loopback address.
        method: `POST`, `PUT` or `GET`.
        headers: Further headers.
        json: The body as JSON; texts anywhere in it are templates.
        form: The body as a form; a list repeats its field. Without `json` and `form`,
            POST and PUT send all of a message as JSON, by the placeholders' names.
        secrets: Further placeholders, each read anew for each message.
        basic: User and password of RFC 7617.
        signing_secret: Signs the request as Standard Webhooks does, headers
            `webhook-id`, `webhook-timestamp` and `webhook-signature`: `whsec_` and
            base64; several, with spaces between, while they rotate.
        answers: What answers mean.
        vendor_id: JSON pointer of the gateway's handle on the message.
        channels: Which it serves; any without it.
        reach: Timeout, connections, and whether plain `http` may leave this machine.
        clock: The present, for the signature and `Retry-After`.

    Raises:
        InvalidSetting: A part that cannot be used; names its place.
    """

    def __init__(  # noqa: PLR0913 - settings, each by its name
        self,
        *,
        url: str,
        method: str = "POST",
        headers: Mapping[str, str] = MappingProxyType({}),
        json: object = None,
        form: Mapping[str, object] | None = None,
        secrets: Mapping[str, SecretSource] = MappingProxyType({}),
        basic: tuple[str, SecretSource] | None = None,
        signing_secret: SecretSource | None = None,
        answers: Sequence[Mapping[str, object]] = (),
        vendor_id: str | None = None,
        channels: Iterable[Channel | str] = tuple(Channel),
        reach: Reach = DEFAULT_REACH,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        readers = _readers(secrets)
        known = VALUES.keys() | readers.keys()
        address, place = _url(url, known, reach)
        self.channels = _channels(channels)
        gateway = Gateway(
            **_body(method, json, form, known),
            place=place,
            headers=_headers(headers, known),
            secrets=readers,
            signing=_signing(signing_secret),
            rules=_rules(answers),
            vendor_id=_vendor_id(vendor_id),
            clock=clock,
        )
        super().__init__(
            gateway.ask,
            delivering=gateway.delivering,
            address=address,
            reach=reach,
            credentials=_basic(basic),
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"<HttpSender through {self._delivering.shown}>"


def _url(url: str, known: Iterable[str], reach: Reach) -> tuple[str, Place]:
    """The address in a URL with placeholders, and what stands behind it."""
    found = _URL.fullmatch(require_kind("url", url, str))
    if found is None:
        raise InvalidSetting(
            "url",
            "takes http:// or https:// and a host, without user or fragment; "
            "placeholders may stand behind the host",
        )
    address = _address(found[1], require_kind("reach", reach, Reach))
    path, mark, query = found[3].partition("?")
    parts = read_template("url", path or "/", known), read_template("url", query, known)
    for text, _name in parts[0].parts + parts[1].parts:
        if not _IN_URL.fullmatch(text):
            raise InvalidSetting("url", "has characters that must be percent-encoded")
    if {".", ".."} & set(path.split("/")):
        raise InvalidSetting("url", "takes a path without dots that lead elsewhere")
    return address, Place(found[2], parts[0], parts[1] if mark else None)


def _address(text: str, reach: Reach) -> str:
    try:
        return evolve(reach, base_url=text).url_or(text)
    except InvalidSetting as error:
        fault = error
    raise InvalidSetting("url", fault.message)


def _body(
    method: str, json: object, form: object, known: Iterable[str]
) -> dict[str, Any]:
    """Method and body; all of a message as JSON, where POST and PUT have no other."""
    if require_kind("method", method, str) not in _METHODS:
        raise InvalidSetting("method", f"takes one of {', '.join(_METHODS)}")
    is_bare = json is None and form is None
    if method == "GET" and not is_bare:
        raise InvalidSetting("method", "GET takes no body")
    if json is not None and form is not None:
        raise InvalidSetting("form", "takes one body, json or form")
    json = _DEFAULT_BODY if is_bare and method != "GET" else json
    tree = read_tree("json", json, known)
    return {"method": method, "json": tree, "form": _form(form, known)}


def _channels(given: object) -> tuple[Channel, ...]:
    members = require_members("channels", given, "channels")
    return tuple(read_member(Channel, "channels", each) for each in members)


def _vendor_id(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else json_pointer("vendor_id", text)


def _rules(answers: object) -> tuple[AnswerRule, ...]:
    tables = require_members("answers", answers, "tables")
    return tuple(
        read_rule(f"answers[{at}]", each) for at, each in enumerate(tables, start=1)
    )


def _readers(secrets: object) -> dict[str, SecretReader]:
    return {
        secret_name(name): SecretReader(
            setting=f"secrets.{name}", provider=NAME, source=source
        )
        for name, source in require_mapping("secrets", secrets).items()
    }


def secret_name(name: object) -> str:
    """The name of a placeholder that a secret fills, if it may be one."""
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]{0,30}", name):
        raise InvalidSetting("secrets", "takes names of lower-case letters, digits, _")
    if name in VALUES:
        raise InvalidSetting(f"secrets.{name}", "is the name of a message's value")
    return name


def _headers(headers: object, known: Iterable[str]) -> dict[str, TextTemplate]:
    found = {}
    for name, text in require_mapping("headers", headers).items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            raise InvalidSetting("headers", "takes names of letters, digits, -")
        if _OWN_HEADERS.fullmatch(name):
            raise InvalidSetting(f"headers.{name}", "is set by the request itself")
        found[name] = read_template(f"headers.{name}", text, known)
    return found


def _form(form: object, known: Iterable[str]) -> dict[str, Tree] | None:
    if form is None:
        return None
    found: dict[str, Tree] = {}
    for name, data in require_mapping("form", form).items():
        tree = read_tree(f"form.{name}", data, known)
        leaves = tree if isinstance(tree, list) else [tree]
        if not all(isinstance(each, TextTemplate | int | float) for each in leaves):
            raise InvalidSetting("form", "takes texts, numbers and lists of them")
        found[str(name)] = tree
    return found


def _signing(source: SecretSource | None) -> SecretReader | None:
    if source is None:
        return None
    reader = SecretReader(setting="signing_secret", provider=NAME, source=source)
    if isinstance(reader.source, Secret) and signing_keys(reader.read()) is None:
        raise InvalidSetting("signing_secret", "takes whsec_ and base64")
    return reader


def _basic(given: tuple[str, SecretSource] | None) -> BasicCredentials | None:
    if given is None:
        return None
    members = require_members("basic", given, "a user and a password")
    if len(members) != 2:  # noqa: PLR2004
        raise InvalidSetting("basic", "takes a user and a password")
    user, source = members
    if not require_kind("basic.user", user, str) or ":" in user:
        raise InvalidSetting("basic.user", "takes a user without a colon")
    password = SecretReader(setting="basic", provider=NAME, source=source)
    return BasicCredentials(user=user, secret=password)
