"""
A failover from a TOML file, by URL: `failover:///etc/verify/failover.toml`.

    resends_per_child = 2     # then the next one sends; without it, never for that

    [circuit]
    failures = 5
    pause_s = 30

    [routes]                  # calling code to the only children to try
    44 = ["vonage", "twilio"]

    [[children]]
    name = "twilio"
    url = "twilio://"         # the account from TWILIO_… of the environment

    [[children]]
    name = "vonage"
    url_env = "VONAGE_URL"    # or url_file: where the URL itself is a secret
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.registry import load_async_provider, load_provider

from .._clock import utc_now
from .._toml import (
    by_url,
    loading,
    named,
    read_toml,
    read_value,
    require_keys,
    table_of,
    tables_of,
    text_of,
)
from ..conversations import OnLate
from ._calls import FailoverHook
from ._children import Child, FailoverPolicy, require_name
from ._circuits import CircuitPolicy
from ._provider import NAME, AsyncFailoverProvider, FailoverProvider

FILE_VARIABLE: Final = "VERIFY_FAILOVER_FILE"
"""Environment variable with the file's path, where the URL names none."""

_KEYS = ("children", "circuit", "name", "resends_per_child", "routes")
_CHILD_KEYS = ("name", "url", "url_env", "url_file")
_CIRCUIT_KEYS = ("failures", "pause_s")
_GONE = {
    "on_ambiguous": "is gone, since a lost answer never sends a second message; the "
    "person asks again, and that resend may go to the next child. Remove this line"
}
_GONE_OF_CHILDREN = {
    "guesses": "is gone together with on_ambiguous, the only thing that it was for. "
    "Remove this line"
}


@unframed
def load_failover(
    file: Path,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
    on_event: FailoverHook | None = None,
) -> FailoverProvider:
    """
    Make the failover that a TOML file describes.

    Args:
        file: The file. What it names relatively lies beside it.
        environ: The environment, for the children.
        clock: As for `FailoverProvider`.
        on_event: As for `FailoverProvider`.

    Raises:
        InvalidSetting: The file cannot be read, is no TOML, or holds an unknown key or
            an unfit value; names it, and shows no secret.
    """
    found = _read(file, environ, load_provider)
    return FailoverProvider(**found, clock=clock, on_event=on_event)


@unframed
def load_async_failover(
    file: Path,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
    on_event: FailoverHook | None = None,
    on_late: OnLate | None = None,
) -> AsyncFailoverProvider:
    """Make the awaited failover that a TOML file describes; as `load_failover`."""
    found = _read(file, environ, load_async_provider)
    return AsyncFailoverProvider(
        **found, clock=clock, on_event=on_event, on_late=on_late
    )


from_settings = by_url(FILE_VARIABLE, load_failover)
"""Makes the failover of a URL: `failover:///absolute/path.toml`, `failover://./relative.toml`."""

async_from_settings = by_url(FILE_VARIABLE, load_async_failover)
"""Makes the awaited failover of the same URL."""


def _read(
    file: Path, environ: Mapping[str, str], load: Callable[..., Any]
) -> dict[str, Any]:
    """Return the arguments of a failover that the file holds."""
    data = read_toml(file)
    require_keys("", data, _KEYS, gone=_GONE)
    policy = FailoverPolicy(
        resends_per_child=data.get("resends_per_child"),
        routes=_routes(table_of("routes", data.get("routes", {}))),
        circuit=read_value(
            CircuitPolicy,
            "circuit",
            data.get("circuit", {}),
            _CIRCUIT_KEYS,
            fractions=True,
        ),
    )
    tables = data.get("children")
    if not isinstance(tables, list) or not tables:
        raise InvalidSetting("children", "missing; write [[children]] for each")
    tables = tables_of("children", tables)
    with loading(file, providers=len(tables)):
        children = [
            _child(f"children[{place}]", each, file.parent, environ, load)
            for place, each in enumerate(tables, start=1)
        ]
    return {"children": children, "policy": policy, "name": data.get("name", NAME)}


def _child(
    where: str,
    data: dict[str, Any],
    folder: Path,
    environ: Mapping[str, str],
    load: Callable[..., Any],
) -> Child:
    require_keys(f"{where}.", data, _CHILD_KEYS, gone=_GONE_OF_CHILDREN)
    url = text_of("url", data, folder, environ, where=f"{where}.")
    if url is None:
        raise InvalidSetting(
            f"{where}.url", "missing; write url, url_env or url_file for each child"
        )
    if url.lower().startswith(f"{NAME}:"):
        raise InvalidSetting(
            f"{where}.url", "names another failover; list its children here"
        )

    def make() -> Child:
        name = require_name("name", data.get("name"))
        return Child(name=name, provider=load(url, environ=environ))

    return named(where, make)


def _routes(data: dict[str, Any]) -> dict[int, Any]:
    for code in data:
        if not re.fullmatch("[1-9][0-9]{0,2}", code):
            raise InvalidSetting("routes", "takes calling codes such as 44 as keys")
    return {int(code): names for code, names in data.items()}
