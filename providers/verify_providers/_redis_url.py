"""The URL of a Redis server, as counters and codes take it."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.masking import Secret, to_secret

_SCHEMES = ("redis://", "rediss://", "redis+unix://")


@unframed
def read_redis_url(url: str | Secret, setting: str) -> str:
    """
    Return the URL's text, if it says where the server is and nothing that we decide.

    Raises:
        InvalidSetting: It has another scheme, or an option that would replace ours.
    """
    text = to_secret(url).reveal().strip()
    if not text.startswith(_SCHEMES):
        raise InvalidSetting(setting, f"takes one of {', '.join(_SCHEMES)}…")
    if not _is_plain(text):
        raise InvalidSetting(setting, "takes a database's number, and TLS options")
    return text


# What the library reads beside these would replace our time-outs, or be passed over.
_OPTION = re.compile("ssl_[a-z_]{1,40}|db|username|password|client_name|protocol")


def _is_plain(url: str) -> bool:
    """Whether path and query are what `redis_storage` says, as far as can be seen."""
    with suppress(ValueError):  # which quotes the URL: not chained
        parts = urlsplit(url)
        names = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
        known = all(_OPTION.fullmatch(name) and value for name, value in names)
        is_socket = parts.scheme.endswith("unix")
        return known and (is_socket or bool(re.fullmatch("/?[0-9]*", parts.path)))
    return False
