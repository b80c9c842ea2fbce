"""A misspelt option is Python's own TypeError, wherever an object is made."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Any, is_typeddict

import pytest
import wtforms

import verify_core
import verify_fakes
import verify_providers
from tests.support.each import require_each
from verify_providers.http import Reach
from verify_providers.own import CodeKeys, CodePolicy, MemoryStore, OwnCodes
from verify_providers.own.senders import MemorySender
from verify_providers.twilio import TwilioLookup, TwilioVerify
from verify_providers.vonage import VonageVerify

ACCOUNT = {"account_sid": "AC" + "a1" * 16, "auth_token": "t"}
SERVICE = {**ACCOUNT, "service_sid": "VA" + "b2" * 16}
OWN = {
    "store": MemoryStore(),
    "senders": {"sms": MemorySender()},
    "keys": CodeKeys.generate(),
    "brand": "Acme",
}
KEY = {"api_key": "a1b2c3d4", "api_secret": "s", "brand": "Acme"}


def modules() -> Iterator[ModuleType]:
    for package in (verify_core, verify_providers, verify_fakes):
        yield package
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def is_ours(made: object) -> bool:
    home = getattr(made, "__module__", None) or ""
    return home.partition(".")[0] in {"verify_core", "verify_providers", "verify_fakes"}


def constructors() -> list[Any]:
    """Every class that a public name stands for, and that has an `__init__`."""
    named = (
        getattr(module, name)
        for module in modules()
        for name in getattr(module, "__all__", ())
    )
    return sorted(
        {
            made
            for made in named
            if inspect.isclass(made)
            and is_ours(made)
            and not issubclass(made, Enum)
            and not getattr(made, "_is_protocol", False)
            and not is_typeddict(made)
            and inspect.isfunction(made.__init__)
        },
        key=lambda made: f"{made.__module__}.{made.__qualname__}",
    )


def bind(made: Any, **options: str) -> None:  # noqa: ANN401 - any class
    """Pass options as a caller does; a framework's field passes them on to its own."""
    if not made.__module__.startswith("verify_core.forms."):
        inspect.signature(made).bind_partial(**options)
    elif made.__module__.endswith(".wtforms"):  # which makes its fields with the form
        type("Form", (wtforms.Form,), {"field": made(**options)})()
    else:
        made(**options)


def test_no_public_constructor_takes_what_it_does_not_know() -> None:
    def refuses(made: Any) -> None:  # noqa: ANN401 - any class
        with pytest.raises(TypeError, match="bas_url"):
            bind(made, bas_url="http://127.0.0.1:1")

    require_each(constructors(), refuses)


@pytest.mark.parametrize(
    ("made", "good", "misspelt"),
    [
        (TwilioVerify, SERVICE, "bas_url"),
        (TwilioVerify, SERVICE, "auth_tokens"),
        (TwilioVerify, SERVICE, "ttl"),
        (TwilioLookup, ACCOUNT, "bas_url"),
        (TwilioLookup, ACCOUNT, "service_sid"),
        (VonageVerify, KEY, "bas_url"),
        (VonageVerify, KEY, "sms_sender"),
        (VonageVerify, KEY, "chanel_timeout"),
        (OwnCodes, OWN, "resends"),
        (CodePolicy, {}, "code_lenght"),
        (Reach, {}, "bas_url"),
    ],
)
def test_misspelt_option_builds_nothing(
    made: Any,  # noqa: ANN401 - any class
    good: dict[str, Any],
    misspelt: str,
) -> None:
    """Else a test suite that means a fake on loopback sends paid messages."""
    made(**good)

    with pytest.raises(TypeError, match=misspelt):
        made(**good, **{misspelt: "http://127.0.0.1:1"})
