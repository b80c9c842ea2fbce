"""No code and no full number leaves by a log record, a repr or an exception."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from attrs import define, evolve, field

from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.identifiers import Identifier

from ..bench import Bench
from ..case import case
from ..claims import require
from . import needs
from .checking import ODD_CODES, wrong
from .starting import OWN_CODE, SomebodyElsesExtras

_SEPARATORS = re.compile(r"[\s().\-/]")
_LONG = 6
"""Characters of a code that no id holds by chance: once in some million."""
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({})))


@define(eq=False)
class _Witness(logging.Handler):
    """Keeps everything that is logged, as text."""

    texts: list[str] = field(factory=list)

    def __attrs_pre_init__(self) -> None:
        super().__init__(logging.DEBUG)

    def emit(self, record: logging.LogRecord) -> None:
        extras = {k: v for k, v in vars(record).items() if k not in _STANDARD_FIELDS}
        self.texts.append(f"{self.format(record)} {record.args!r} {extras!r}")


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    """The texts of all records, of every library, from DEBUG on."""
    witness = _Witness()
    root = logging.getLogger()
    level = root.level
    root.addHandler(witness)
    root.setLevel(logging.DEBUG)
    try:
        yield witness.texts
    finally:
        root.removeHandler(witness)
        root.setLevel(level)


@case()
def nothing_logged_holds_a_secret(bench: Bench) -> None:
    """No log record at any level, of any library, holds a code or a full number."""
    with everything_logged() as texts:
        _live_a_life(bench)
        _provoke_errors(bench)

    _search(bench, texts, "a log record")


@case()
def no_repr_holds_a_secret(bench: Bench) -> None:
    """Neither the provider nor what it gives out shows a code or a full number."""
    shown = _live_a_life(bench)
    _search(bench, [repr(bench.provider), str(bench.provider), *shown], "a repr")


@case()
def no_error_holds_a_secret(bench: Bench) -> None:
    """No error shows a code or a full number, nor does any that it is chained to."""
    errors = _provoke_errors(bench)
    texts = [line for error in errors for line in traceback.format_exception(error)]
    _search(bench, [*texts, *map(repr, errors), *map(str, errors)], "an error")


@case(needs.lost_answers)
def no_lost_answer_shows_a_secret(bench: Bench) -> None:
    """Neither error nor log record of a lost answer holds a code or a full number."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    bench.arrange(bench.lose_all_answers)
    other = evolve(request, identifier=bench.identifier(other=True))

    with everything_logged() as texts:
        errors = _errors_of(
            [
                lambda: bench.provider.check(ref, code),
                lambda: bench.provider.start(other),
                lambda: bench.provider.fetch(ref),
                lambda: bench.provider.cancel(ref),
            ]
        )

    shown = [line for error in errors for line in traceback.format_exception(error)]
    _search(bench, [*texts, *shown, *map(repr, errors)], "an error or a log record")


def _live_a_life(bench: Bench) -> list[str]:
    """Start, fetch, resend, check wrongly and rightly, cancel; what answers show."""
    provider = bench.provider
    shown: list[str] = []
    for channel in sorted(provider.capabilities.channels):
        request = bench.request(channel)
        started = provider.start(request)
        bench.wait(started.resend_after)
        again = provider.start(request, previous=started.ref)
        code = bench.latest_code(request.identifier)
        shown += [repr(started), str(started), repr(again), repr(again.ref)]
        with suppress(VerifyError):
            shown.append(repr(provider.fetch(again.ref)))
        shown.append(repr(provider.check(again.ref, wrong(code))))
        shown.append(repr(provider.check(again.ref, code)))
        shown.append(repr(provider.cancel(again.ref)))
    return shown


def _provoke_errors(bench: Bench) -> list[VerifyError]:
    """Everything that a caller can do wrong, and what it raises."""
    provider = bench.provider
    request = evolve(bench.request(), identifier=bench.identifier(other=True))
    ref = provider.start(request).ref
    attempts: list[Callable[[], object]] = [
        lambda: provider.start(evolve(request, extras=(SomebodyElsesExtras(),))),
        lambda: provider.start(evolve(request, custom_code=OWN_CODE)),
        *[_starting(bench, channel) for channel in Channel],
        *[lambda: provider.start(request)] * 8,
        *[lambda odd=odd: provider.check(ref, odd) for odd in ODD_CODES],
        *[lambda: provider.check(ref, OWN_CODE)] * 8,
        lambda: provider.check(evolve(ref, provider="somebody-else"), OWN_CODE),
        lambda: provider.fetch(ref),
        lambda: provider.cancel(ref),
    ]
    return _errors_of(attempts)


def _starting(bench: Bench, channel: Channel) -> Callable[[], object]:
    return lambda: bench.provider.start(bench.request(channel))


def _errors_of(attempts: list[Callable[[], object]]) -> list[VerifyError]:
    errors: list[VerifyError] = []
    for attempt in attempts:
        try:
            attempt()
        except VerifyError as error:
            errors.append(error)
    return errors


def _search(bench: Bench, texts: list[str], where: str) -> None:
    people = [bench.identifier(c, other=o) for c in Channel for o in (False, True)]
    sent = {m.code.reveal() for person in people for m in bench.inbox(person)}
    # A mistyped code is one digit away from the right one.
    codes = sent | {wrong(code) for code in sent} | {OWN_CODE}
    for text in texts:
        for code in codes:
            require(not _holds(text, code), f"{where} holds a code")
        for person in people:
            require(not _shows(text, person), f"{where} holds a full identifier")


def _holds(text: str, code: str) -> bool:
    if len(code) >= _LONG:
        return code in text
    # A shorter one stands within some random id by chance, now and then.
    alone = rf"(?<![0-9A-Za-z]){re.escape(code)}(?![0-9A-Za-z])"
    return re.search(alone, text) is not None


def _shows(text: str, person: Identifier) -> bool:
    # Without the plus sign, which a URL spells %2B and some vendors leave out; with or
    # without what people write between digits.
    plain = person.value.lstrip("+")
    return plain in text or plain in _SEPARATORS.sub("", text)
