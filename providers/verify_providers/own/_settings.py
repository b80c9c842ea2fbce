"""
Codes of our own by URL: `own://sqlite:///codes.db?sender=smtps%3A%2F%2F…&brand=Shop`.

After `own://` stands the URL of the store: `memory`; `sqlite:///codes.db` in the
working directory, `sqlite:////var/codes.db` elsewhere; `redis://host:6379/0`; or, as
SQLAlchemy writes it, that of a PostgreSQL, MySQL or MariaDB. A URL with a password
stands in `VERIFY_OWN_STORE`, or percent-encoded in the option `store`. `sender` is the
URL of the sender for all channels that it serves, and `sms`, `call`, `email` and
`whatsapp` of one for that channel. `keys` is the file of the keys; else
`VERIFY_OWN_KEYS` holds them. Or all of it stands in a file,
`own:///etc/verify/own.toml`:

    store = "sqlite:////var/lib/shop/codes.db"   # or store_env, store_file
    keys_file = "own.keys"                       # or keys_env
    purpose = "login"

    [[senders]]                       # the next one of a channel if nothing was sent
    url_env = "SHOP_SMTP"             # or url, url_file
    channels = ["email"]              # else all that it serves

    [policy]
    code_length = 8
    lifetime_s = 300

    [texts]
    brand = "Shop"
    host = "login.shop.example"
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from verify_core.channels import Channel, read_channel
from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.masking import Secret
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import require_members

from .._toml import (
    file_of_url,
    named,
    read_toml,
    read_value,
    require_keys,
    table_of,
    tables_of,
    text_of,
)
from ..config import read_options
from ._codes import Purpose
from ._keys import CodeKeys, keys_at
from ._message import MessageTexts
from ._policy import CodePolicy
from ._provider import AsyncOwnCodes, OwnCodes, channels_of
from .senders import Sender, sender_from_url
from .stores._memory import MemoryStore

_LOG = logging.getLogger(__package__)
_BRAND = "verify-core"
_REDIS = ("redis", "rediss")
_DATABASES = ("postgresql", "mysql", "mariadb")
_AWAITED = frozenset({"aiomysql", "asyncmy", "asyncpg", "psycopg_async"})
"""SQLAlchemy's drivers that are awaited; for any other, calls run in threads."""

_ListedSender: TypeAlias = tuple[str, Iterable[Channel], str]
"""Where a sender is set, the channels it is for, and its URL."""

FILE_VARIABLE = "VERIFY_OWN_FILE"
"""Environment variable with the file's path, where the URL names nothing."""

_TEXT_OPTIONS = ("brand", "host", "language")
_OPTIONS = dict.fromkeys(("alphabet", "purpose", "resend", *_TEXT_OPTIONS), str) | {
    "code_length": int,
    "lifetime": timedelta,
}
_SENDER_OPTIONS = ("sender", *Channel)
_KEYS = (
    *("keys_env", "keys_file", "policy", "purpose", "senders"),
    *("store", "store_env", "store_file", "texts"),
)
_POLICY_KEYS = (
    *("alphabet", "code_length", "cool_downs_s", "lifetime_s", "locked_for_s"),
    *("most_failures", "resend", "tries"),
)
_TEXT_KEYS = (
    *("app_hash", "brand", "host", "language", "languages", "most_segments", "texts"),
)


@unframed
def from_settings(settings: ProviderSettings) -> OwnCodes:
    """Make the provider of a URL."""
    return OwnCodes(**_arguments(settings))


@unframed
def async_from_settings(settings: ProviderSettings) -> AsyncOwnCodes:
    """Make the awaited provider of the same URL."""
    return AsyncOwnCodes(**_arguments(settings))


def _arguments(settings: ProviderSettings) -> dict[str, Any]:
    for part in ("user", "secret"):
        if getattr(settings, part):
            raise InvalidSetting(part, "takes none before the store; encode its URL")
    if _stands_in_a_file(settings):
        return _of_file(file_of_url(settings, FILE_VARIABLE), settings.environ)
    return _of_url(settings)


def store_file(settings: ProviderSettings) -> Path | None:
    """The file of the store that a URL names, there or not; None for any other."""
    if _stands_in_a_file(settings):
        file = file_of_url(settings, FILE_VARIABLE)
        url = text_of("store", read_toml(file), file.parent, settings.environ)
        return _file_of(url or "", file.parent)
    return _file_of(_store_url(settings), Path())


def _stands_in_a_file(settings: ProviderSettings) -> bool:
    names_one = settings.host in {"", "."} and settings.path
    by_default = settings.environ.get(FILE_VARIABLE) and not settings.options
    return bool(names_one or (by_default and not settings.host))


def _store_url(settings: ProviderSettings) -> str:
    place = "/" if settings.path else ""
    url = settings.options.get("store") or f"{settings.host}{place}{settings.path}"
    return url or settings.environ.get("VERIFY_OWN_STORE", "")


def _of_url(settings: ProviderSettings) -> dict[str, Any]:
    options, environ = settings.options, settings.environ
    given = read_options(settings, _OPTIONS, also=(*_SENDER_OPTIONS, "keys", "store"))
    listed: list[_ListedSender] = [
        (name, [Channel(name)] if name in set(Channel) else (), options[name])
        for name in _SENDER_OPTIONS
        if name in options
    ]
    if not listed and environ.get("VERIFY_OWN_SENDER"):
        listed = [("sender", (), environ["VERIFY_OWN_SENDER"])]
    texts = {"brand": _BRAND} | {n: given.pop(n) for n in _TEXT_OPTIONS if n in given}
    purpose = given.pop("purpose", Purpose.LOGIN)
    made = {
        "senders": _senders(listed, environ),
        "purpose": purpose,
        "policy": CodePolicy(**given),
        "texts": MessageTexts(**texts),
    }
    # The store last, and then the keys: each may make a file.
    store, file = _store(_store_url(settings), Path())
    written = environ.get("VERIFY_OWN_KEYS")
    if "keys" in options:
        keys = CodeKeys.read(Path(options["keys"]))
    else:
        keys = CodeKeys.from_text(written) if written else _keys(store, file)
    return {**made, "store": store, "keys": keys}


def _of_file(file: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    data, folder = read_toml(file), file.parent
    require_keys("", data, _KEYS)
    texts = table_of("texts", data.get("texts", {}))
    require_keys("texts.", texts, _TEXT_KEYS)
    policy = read_value(
        CodePolicy,
        "policy",
        data.get("policy", {}),
        _POLICY_KEYS,
        lists=("cool_downs_s",),
    )
    listed = [
        _sender_of(f"senders[{at}]", table, folder, environ)
        for at, table in enumerate(tables_of("senders", data.get("senders")), start=1)
    ]
    made = {
        "senders": _senders(listed, environ),
        "purpose": data.get("purpose", Purpose.LOGIN),
        "policy": policy,
        "texts": named("texts", lambda: MessageTexts(**{"brand": _BRAND, **texts})),
    }
    written = text_of("keys", data, folder, environ, plain=False)
    keys = CodeKeys.from_text(written) if written else None
    store, beside = _store(text_of("store", data, folder, environ) or "", folder)
    return {**made, "store": store, "keys": keys or _keys(store, beside)}


def _sender_of(
    where: str, table: dict[str, Any], folder: Path, environ: Mapping[str, str]
) -> _ListedSender:
    require_keys(f"{where}.", table, ("channels", "url", "url_env", "url_file"))
    url = text_of("url", table, folder, environ, where=f"{where}.")
    if url is None:
        raise InvalidSetting(f"{where}.url", "missing; write the URL of the sender")
    given = require_members(f"{where}.channels", table.get("channels", ()), "channels")
    return where, [read_channel(each) for each in given], url


def _senders(
    listed: Iterable[_ListedSender], environ: Mapping[str, str]
) -> dict[Channel, list[Sender]]:
    """The senders of each channel; one without channels is for all that it serves."""
    by_channel: dict[Channel, list[Sender]] = {}
    for where, channels, url in listed:
        sender = _sender(where, url, environ)
        for channel in channels or channels_of(sender):
            by_channel.setdefault(channel, []).append(sender)
    if not by_channel:
        raise InvalidSetting(
            "sender", "missing; write the URL of one, such as sender=console"
        )
    return by_channel


def _sender(where: str, url: str, environ: Mapping[str, str]) -> Sender:
    try:
        return sender_from_url(url, environ)
    except InvalidSetting as error:
        fault = error
    # Of several senders, the error says which one; not chained, as in `named`.
    part = "" if fault.setting == "sender" else f".{fault.setting}"
    raise InvalidSetting(f"{where}{part}", fault.message)


def _file_of(url: str, folder: Path) -> Path | None:
    scheme, _colon, rest = url.partition("://")
    is_one = scheme == "sqlite" and rest.startswith("/")
    return folder / rest.removeprefix("/") if is_one else None


def _store(url: str, folder: Path) -> tuple[Any, Path | None]:
    """The store of a URL, and the file where it is one."""
    scheme, _colon, rest = url.partition("://")
    dialect, _plus, driver = scheme.partition("+")
    if scheme == "memory" and not rest:
        return MemoryStore(), None
    file = _file_of(url, folder)
    if file is not None:
        from .stores._sqlite import SqliteStore

        return SqliteStore(file), file
    if dialect in _REDIS:
        from .stores._redis import RedisStore

        return RedisStore(Secret(url)), None
    if dialect in _DATABASES:
        from .stores._sqlalchemy import AsyncSqlAlchemyStore, SqlAlchemyStore

        kind = AsyncSqlAlchemyStore if driver in _AWAITED else SqlAlchemyStore
        return kind(Secret(url)), None
    known = ", ".join(["memory", "sqlite", *_REDIS, *_DATABASES])
    raise InvalidSetting("store", f"takes memory or a URL; schemes are {known}")


def _keys(store: object, file: Path | None) -> CodeKeys:
    """The keys by default: as long as the process, or in a file beside the store."""
    if isinstance(store, MemoryStore):
        return CodeKeys.generate()
    if file is None:
        raise InvalidSetting(
            "keys",
            "missing; `verify-core own keys new` makes some, for a file "
            "(keys=…) or for VERIFY_OWN_KEYS",
        )
    place = file.with_name(f"{file.name}.keys")
    keys, is_new = keys_at(place)
    if is_new:
        _LOG.warning(
            "made keys of codes in %s; do not back them up together with the store",
            place,
        )
    return keys
