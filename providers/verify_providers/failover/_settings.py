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
from typing import Any, Final, Protocol

from verify_core.errors import InvalidSetting
from verify_core.frames import unframed
from verify_core.provider import AsyncVerifyProvider, VerifyProvider
from verify_core.provider_settings import ProviderSettings
from verify_core.registry import load_async_provider, load_provider

from .._clock import utc_now
from ..config import (
    file_of_url,
    loading,
    read_toml,
    require_keys,
    seconds_of,
    table_of,
    tables_of,
    text_of,
)
from ..conversations import OnLate
from ._children import Child, require_name
from ._events import FailoverHook
from ._policy import CircuitPolicy, FailoverPolicy
from ._provider import NAME, AsyncFailoverProvider, FailoverProvider


class _Load(Protocol):
    def __call__(
        self, url: str, *, environ: Mapping[str, str]
    ) -> VerifyProvider | AsyncVerifyProvider: ...


FILE_VARIABLE: Final = "VERIFY_FAILOVER_FILE"
"""Environment variable with the file's path, where the URL names none."""

_KEYS: Final = (
    "children",
    "circuit",
    "name",
    "resends_per_child",
    "routes",
)
_CHILD_KEYS: Final = ("name", "url", "url_env", "url_file")
_GONE: Final = {
    "on_ambiguous": "is gone, since a lost answer never sends a second message; the "
    "person asks again, and that resend may go to the next child. Remove this line"
}
_GONE_OF_CHILDREN: Final = {
    "guesses": "is gone together with on_ambiguous, the only thing that it was for. "
    "Remove this line"
}
_CIRCUIT_KEYS: Final = ("failures", "pause_s")


@unframed
def from_settings(settings: ProviderSettings) -> FailoverProvider:
    """
    The failover that a URL names by its file.

    Args:
        settings: A path: `failover:///absolute/path.toml` or
            `failover://./relative/path.toml`; without one, `VERIFY_FAILOVER_FILE`. No
            user and no options. Its environment fills what the children leave out.

    Raises:
        InvalidSetting: As `load_failover`; or another part in the URL.
    """
    return load_failover(file_of_url(settings, FILE_VARIABLE), environ=settings.environ)


def async_from_settings(settings: ProviderSettings) -> AsyncFailoverProvider:
    """
    The awaited failover that a URL names by its file; as `from_settings`.

    Raises:
        InvalidSetting: As `load_async_failover`; or another part in the URL.
    """
    file = file_of_url(settings, FILE_VARIABLE)
    return load_async_failover(file, environ=settings.environ)


@unframed
def load_failover(
    file: Path,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
    on_event: FailoverHook | None = None,
) -> FailoverProvider:
    """
    The failover that a TOML file describes.

    Args:
        file: The file. What it names relatively lies beside it.
        environ: The environment, for the children.
        clock: As for `FailoverProvider`.
        on_event: As for `FailoverProvider`.

    Raises:
        InvalidSetting: The file cannot be read, is no TOML, or holds an unknown key or
            an unfit value; names it, and shows no secret.
    """
    children, policy, name = _read(file, environ, load_provider)
    return FailoverProvider(children, policy, clock=clock, on_event=on_event, name=name)


@unframed
def load_async_failover(
    file: Path,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
    on_event: FailoverHook | None = None,
    on_late: OnLate | None = None,
) -> AsyncFailoverProvider:
    """
    The awaited failover that a TOML file describes, with awaited children.

    Args:
        file: As for `load_failover`.
        environ: As for `load_failover`.
        clock: As for `AsyncFailoverProvider`.
        on_event: As for `AsyncFailoverProvider`.
        on_late: As for `AsyncFailoverProvider`.

    Raises:
        InvalidSetting: As `load_failover`.
    """
    children, policy, name = _read(file, environ, load_async_provider)
    return AsyncFailoverProvider(
        children, policy, clock=clock, on_event=on_event, name=name, on_late=on_late
    )


def _read(
    file: Path, environ: Mapping[str, str], load: _Load
) -> tuple[list[Child], FailoverPolicy, str]:
    data = read_toml(file)
    require_keys("", data, _KEYS, gone=_GONE)
    policy = FailoverPolicy(
        resends_per_child=data.get("resends_per_child"),
        routes=_routes(table_of("routes", data.get("routes", {}))),
        circuit=_circuit(table_of("circuit", data.get("circuit", {}))),
    )
    tables = _child_tables(data.get("children"))
    with loading(file, providers=len(tables)):
        children = [
            _child(f"children[{place}]", each, file.parent, environ, load)
            for place, each in enumerate(tables, start=1)
        ]
    return children, policy, data.get("name", NAME)


def _child_tables(data: object) -> list[dict[str, Any]]:
    if not isinstance(data, list) or not data:
        raise InvalidSetting("children", "missing; write [[children]] for each")
    return tables_of("children", data)


def _child(
    where: str,
    data: dict[str, Any],
    folder: Path,
    environ: Mapping[str, str],
    load: _Load,
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
    try:
        name = require_name("name", data.get("name"))
        return Child(name=name, provider=load(url, environ=environ))
    except InvalidSetting as error:
        fault = error
    raise InvalidSetting(f"{where}.{fault.setting}", str(fault.args[1]))


def _circuit(data: dict[str, Any]) -> CircuitPolicy:
    require_keys("circuit.", data, _CIRCUIT_KEYS)
    values = {name: data[name] for name in ("failures",) if name in data}
    if "pause_s" in data:
        values["pause"] = seconds_of("circuit.pause_s", data["pause_s"], fractions=True)
    return CircuitPolicy(**values)


def _routes(data: dict[str, Any]) -> dict[int, Any]:
    for code in data:
        if not re.fullmatch("[1-9][0-9]{0,2}", code):
            raise InvalidSetting("routes", "takes calling codes such as 44 as keys")
    return {int(code): names for code, names in data.items()}
