"""Values of every kind that nobody expects, and what may come of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from verify_core import Channel, EmailAddress, Secret, Verdict, read_phone
from verify_core.errors import InputError, InvalidSetting
from verify_fakes import FakeVerifyProvider

NUMBER = read_phone("+15553231234")
PROVIDER = FakeVerifyProvider(seed=1)


class Broken:
    """An object that is only there to fail."""

    def __str__(self) -> str:
        raise RuntimeError("str")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    __hash__ = object.__hash__


def deep(kind: type) -> Any:  # noqa: ANN401 - of lists or of dicts
    value: Any = kind()
    for _ in range(30_000):
        value = [value] if kind is list else {"a": value}
    return value


UNSHOWN = {"deep list": deep(list), "deep dict": deep(dict), "huge": 10**5000}
"""Made once, and never shown: they have no `repr` that Python would make."""


class Unshown:
    """Stands for one of `UNSHOWN` where Hypothesis shows what it tried."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"


texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["\ud800", "\0", "9" * 5000, "٣" * 20, "1e400", "NaN", " ", "a" * 70_000]
    ),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([-(10**400), 2**63, -1, 0]),
    st.floats(),
    texts,
)
json_like = st.one_of(
    st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)
        ),
        max_leaves=5,
    ),
    st.builds(Unshown, st.sampled_from(sorted(UNSHOWN))),
)
junk = st.one_of(
    json_like,
    st.binary(max_size=10),
    st.builds(Broken),
    st.sampled_from(
        [
            object(),
            Channel,
            Channel.EMAIL,
            Verdict.APPROVED,
            len,
            {5: 5},
            {5},
            (None,),
            Decimal("NaN"),
            datetime(2026, 1, 1),  # noqa: DTZ001 - naive on purpose
            datetime.min.replace(tzinfo=UTC),
            datetime.max.replace(tzinfo=timezone(-timedelta(hours=23))),
            timedelta.max,
            timedelta.min,
            timedelta(0),
            NUMBER,
            EmailAddress("pat@example.org"),
            Secret("x"),
            PROVIDER,
        ]
    ),
)


def real(value: object) -> Any:  # noqa: ANN401 - anything
    return UNSHOWN[value.name] if isinstance(value, Unshown) else value


def attempted(make: Callable[[], Any]) -> Any:  # noqa: ANN401 - anything
    """What was made, or None where it was refused by name."""
    try:
        return make()
    except (InvalidSetting, InputError) as refused:
        assert len(str(refused)) < 400  # noqa: PT017 - it repeats no value
        assert refused.__context__ is None or "token" in str(refused)  # noqa: PT017
        return None
