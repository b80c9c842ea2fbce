"""What a command names as `MODULE:NAME`."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from verify_core.errors import InvalidSetting


def object_at(setting: str, place: str, *, example: str) -> Any:  # noqa: ANN401
    """
    The object of that name in that module; those in the working directory count, too.

    Raises:
        InvalidSetting: The module cannot be imported, or has nothing of that name.
    """
    module_name, _, name = place.partition(":")
    if not module_name or not name:
        raise InvalidSetting(setting, f"takes MODULE:NAME, such as {example}")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as for `python -m`
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        fault = f"there is no module {error.name}"
    except Exception as error:  # noqa: BLE001 - a module may raise anything
        fault = f"{module_name} cannot be imported: it raises {type(error).__name__}"
    else:
        if hasattr(module, name):
            return getattr(module, name)
        fault = f"{module_name} has no {name}"
    raise InvalidSetting(setting, fault)
