"""
The entry point that makes `st.from_type(PhoneNumber)` draw well-formed numbers.

Hypothesis calls `register` when it is imported, in every program of an environment with
this package. So only the values themselves are loaded then; the strategies, and the
numbering plans that they draw from, when a type is first drawn.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def register() -> None:
    """Register the values that Hypothesis would build badly, or not at all."""
    from hypothesis import strategies as st

    from .identifiers import EmailAddress
    from .phone import PhoneNumber, PhonePolicy
    from .verification import Started, StartRequest, VerificationRef

    made = {
        PhoneNumber: "strategies.phone_numbers",
        EmailAddress: "strategies.email_addresses",
        PhonePolicy: "_drawn_values.policies",
        StartRequest: "_drawn_values.start_requests",
        VerificationRef: "_drawn_values.references",
        Started: "_drawn_values.starts",
    }
    for kind, path in made.items():
        st.register_type_strategy(kind, partial(_strategy, path))


def _strategy(path: str, _kind: type) -> SearchStrategy[Any]:
    module, _, name = path.partition(".")
    strategy: SearchStrategy[Any] = getattr(
        import_module(f"verify_core.testing.{module}"), name
    )()
    return strategy
