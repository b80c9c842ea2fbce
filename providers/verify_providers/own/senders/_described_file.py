"""A sender that a TOML file describes, or a gateway's own URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from attrs import evolve, frozen

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import require_kind

from ..._toml import (
    file_of_url,
    read_toml,
    require_keys,
    seconds_of,
    table_of,
    text_of,
)
from ...config import SecretSource, first_set
from ...http import utc_now
from ._described import HttpSender, secret_name
from ._http import DEFAULT_REACH

_FILE_VARIABLE = "HTTP_SENDER_FILE"
_SECRET_VARIABLE = "HTTP_SENDER_SECRET"  # noqa: S105 - a name
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
        InvalidSetting: The file cannot be read, is not TOML, or holds an unknown key or
            placeholder, or an unfit value; names its place, and shows no secret.
    """
    data = read_toml(require_kind("file", file, Path))
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
            secret_name(name): self._source("secrets", name, table)
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
