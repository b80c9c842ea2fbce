"""Any HTTP gateway, by description: in code, or in a TOML file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from attrs import evolve, frozen

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.masking import Secret
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import (
    read_member,
    require_kind,
    require_mapping,
    require_members,
)

from ..._toml import (
    file_of_url,
    read_toml,
    require_keys,
    seconds_of,
    table_of,
    text_of,
)
from ...config import SecretReader, SecretSource, first_set
from ...http import Reach, utc_now
from ._gateway import (
    NAME,
    Gateway,
    json_pointer,
    read_rule,
    signing_keys,
    to_base64,
)
from ._http import DEFAULT_REACH, ConversationSender
from ._templates import VALUES, Template, Tree, read_template, read_tree

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
_FILE_VARIABLE = "HTTP_SENDER_FILE"
_SECRET_VARIABLE = "HTTP_SENDER_SECRET"  # noqa: S105 - a name


@frozen(kw_only=True)
class _Basic:
    """Credentials of RFC 7617."""

    user: str
    password: SecretReader

    def authorization(self) -> str:
        return f"Basic {to_base64(f'{self.user}:{self.password.read()}'.encode())}"


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
        if method not in _METHODS:
            raise InvalidSetting("method", f"takes one of {', '.join(_METHODS)}")
        if json is None and form is None and method != "GET":
            json = _DEFAULT_BODY
        if (json is not None and form is not None) or (
            method == "GET" and (json or form)
        ):
            raise InvalidSetting("form", "takes one body, json or form, and GET none")
        readers = {
            _secret_name(name): SecretReader(
                setting=f"secrets.{name}", provider=NAME, source=source
            )
            for name, source in require_mapping("secrets", secrets).items()
        }
        known = VALUES.keys() | readers.keys()
        address, host, path, query = _url(url, known, reach)
        self.channels = tuple(
            read_member(Channel, "channels", each)
            for each in require_members("channels", channels, "channels")
        )
        self._host = host
        gateway = Gateway(
            method=method,
            host=host,
            path=path,
            query=query,
            headers=_headers(headers, known),
            json=read_tree("json", json, known),
            form=_form(form, known),
            secrets=readers,
            signing=_signing(signing_secret),
            rules=tuple(
                read_rule(f"answers[{at}]", each)
                for at, each in enumerate(
                    require_members("answers", answers, "tables"), start=1
                )
            ),
            vendor_id=None
            if vendor_id is None
            else json_pointer("vendor_id", vendor_id),
            channels=self.channels,
            clock=clock,
        )
        super().__init__(
            gateway.converse,
            name=NAME,
            address=address,
            reach=reach,
            credentials=_basic(basic),
        )

    def __repr__(self) -> str:
        return f"<HttpSender through {self._host}>"


def _url(
    url: str, known: Iterable[str], reach: Reach
) -> tuple[str, str, Template, Template | None]:
    """Return address, host, path and query of a URL with placeholders."""
    found = _URL.fullmatch(require_kind("url", url, str))
    if found is None:
        raise InvalidSetting(
            "url",
            "takes http:// or https:// and a host, without user or fragment; "
            "placeholders may stand behind the host",
        )
    try:
        address = evolve(reach, base_url=found[1]).url_or(found[1])
    except InvalidSetting as error:
        fault: InvalidSetting | None = error
        address = ""
    else:
        fault = None
    if fault is not None:
        raise InvalidSetting("url", fault.message)
    path, mark, query = found[3].partition("?")
    parts = read_template("url", path or "/", known), read_template("url", query, known)
    for text, _name in parts[0].parts + parts[1].parts:
        if not _IN_URL.fullmatch(text):
            raise InvalidSetting("url", "has characters that must be percent-encoded")
    if {".", ".."} & set(path.split("/")):
        raise InvalidSetting("url", "takes a path without dots that lead elsewhere")
    return address, found[2], parts[0], parts[1] if mark else None


def _secret_name(name: object) -> str:
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]{0,30}", name):
        raise InvalidSetting("secrets", "takes names of lower-case letters, digits, _")
    if name in VALUES:
        raise InvalidSetting(f"secrets.{name}", "is the name of a message's value")
    return name


def _headers(headers: object, known: Iterable[str]) -> dict[str, Template]:
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
        if not all(isinstance(each, Template | int | float) for each in leaves):
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


def _basic(given: tuple[str, SecretSource] | None) -> _Basic | None:
    if given is None:
        return None
    user, source = given
    if not require_kind("basic.user", user, str) or ":" in user:
        raise InvalidSetting("basic.user", "takes a user without a colon")
    password = SecretReader(setting="basic", provider=NAME, source=source)
    return _Basic(user=user, password=password)


_AS_THEY_ARE = (
    *("answers", "channels", "form", "headers", "json", "method", "vendor_id"),
)
_KEYS = (
    *_AS_THEY_ARE,
    *("allow_plain_http", "basic", "secrets", "signing", "timeout_s"),
    *("url", "url_env", "url_file"),
)


@unframed
def load_http_sender(
    file: Path,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
) -> HttpSender:
    """
    Make the sender that a TOML file describes.

    Its keys are the arguments of `HttpSender`, and some tables: `[secrets]` has
    `NAME_env` or `NAME_file` (read anew for each message) for each placeholder,
    `[basic]` a `user` with `password_env` or `password_file`, `[signing]` a
    `secret_env` or `secret_file`; `timeout_s` is in seconds, 10 without it.

        url = "https://sms.gateway.example/v2/messages"
        vendor_id = "/messages/0/id"

        [headers]
        Authorization = "Bearer {api_key}"

        [secrets]
        api_key_env = "GATEWAY_KEY"

        [json]
        destinations = ["{to_digits}"]
        text = "{text}"

        [[answers]]
        member = "/messages/0/status"
        values = ["accepted", "queued"]
        means = "sent"

    Args:
        file: The file. What it names relatively lies beside it.
        environ: The environment, for the secrets.
        clock: As for `HttpSender`.

    Raises:
        InvalidSetting: The file cannot be read, is no TOML, or holds an unknown key or
            placeholder, or an unfit value; names its place, and shows no secret.
    """
    data = read_toml(file)
    require_keys("", data, _KEYS)
    found = _InFile(file.parent, environ)
    url = text_of("url", data, file.parent, environ)
    if url is None:
        raise InvalidSetting("url", "missing")
    reach: dict[str, Any] = {}
    if "timeout_s" in data:
        reach["timeout"] = seconds_of("timeout_s", data["timeout_s"], fractions=True)
    if "allow_plain_http" in data:
        reach["allow_plain_http"] = data["allow_plain_http"]
    return HttpSender(
        url=url,
        basic=found.basic(data.get("basic")),
        secrets=found.secrets(table_of("secrets", data.get("secrets", {}))),
        signing_secret=found.signing(data.get("signing")),
        reach=evolve(DEFAULT_REACH, **reach),
        clock=clock,
        **{name: data[name] for name in _AS_THEY_ARE if name in data},
    )


@frozen
class _InFile:
    """What of a file names secrets, which stand elsewhere."""

    folder: Path
    environ: Mapping[str, str]

    def basic(self, data: object) -> tuple[Any, SecretSource] | None:
        if data is None:
            return None
        table = table_of("basic", data)
        require_keys("basic.", table, ("password_env", "password_file", "user"))
        return table.get("user"), self._source("basic", "password", table)

    def signing(self, data: object) -> SecretSource | None:
        if data is None:
            return None
        table = table_of("signing", data)
        require_keys("signing.", table, ("secret_env", "secret_file"))
        return self._source("signing", "secret", table)

    def secrets(self, table: Mapping[str, object]) -> dict[str, SecretSource]:
        names = {re.sub("_(env|file)$", "", key) for key in table}
        return {
            _secret_name(name): self._source("secrets", name, table)
            for name in sorted(names)
        }

    def _source(
        self, where: str, name: str, table: Mapping[str, object]
    ) -> SecretSource:
        file = table.get(f"{name}_file")
        if isinstance(file, str) and f"{name}_env" not in table:
            return self.folder / file  # read anew for each message
        found = text_of(
            name, table, self.folder, self.environ, plain=False, where=f"{where}."
        )
        if found is None:
            raise InvalidSetting(f"{where}.{name}", "takes its name with _env or _file")
        return found


@unframed
def from_settings(settings: ProviderSettings) -> HttpSender:
    """
    The sender of `http+toml:///etc/verify/gateway.toml`, or of a gateway's own URL.

    `https://USER:PASSWORD@gateway.example/send?ref={attempt_id}` is posted all of a
    message as JSON, with the credentials of RFC 7617 if there are some, and signed if
    `HTTP_SENDER_SECRET` is set. `HTTP_SENDER_FILE` names the file where the URL does
    not.

    Raises:
        InvalidSetting: The URL or the file cannot be used; names the place.
    """
    if settings.name == "http+toml":
        file = file_of_url(settings, _FILE_VARIABLE)
        return load_http_sender(file, environ=settings.environ)
    path = quote(settings.path, safe="/{}:@!$&'()*+,;=~")
    query = urlencode(settings.options, quote_via=quote, safe="{}")
    if settings.user and settings.secret is None:
        raise InvalidSetting("secret", "missing; the user needs a password")
    return HttpSender(
        url=f"{settings.name}://{settings.host}/{path}{'?' * bool(query)}{query}",
        basic=(settings.user, settings.secret) if settings.secret else None,
        signing_secret=first_set(settings.environ, _SECRET_VARIABLE),
    )
