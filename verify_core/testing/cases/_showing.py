"""What no case may see: secrets in a text, foreign types, errors without facts."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from datetime import datetime, timedelta

from verify_core.channels import Channel
from verify_core.errors import Ambiguous, NotSent, VerifyError
from verify_core.verification import (
    AttemptReport,
    CancelOutcome,
    CheckResult,
    Delivery,
    DeliveryAttempt,
    Started,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

from .._bench import fail, require
from .._case import survey
from .._secrets_seen import Secrets
from .._troubles import Call
from .._watching import Seen
from . import _needs as needs
from ._acting import ENDED

OVER = ENDED | {Verdict.APPROVED}
"""Verdicts after which no guess at the same verification makes sense."""


@survey()
def nothing_logged_holds_a_secret(seen: Seen) -> None:
    """No log record at any level, of any library, holds a code or a full number."""
    _require_absent(seen, "a log record")


@survey()
def nothing_printed_holds_a_secret(seen: Seen) -> None:
    """Neither standard output nor error output holds a code or a full number."""
    _require_absent(seen, "the output")


@survey()
def no_warning_holds_a_secret(seen: Seen) -> None:
    """No warning holds a code or a full number."""
    _require_absent(seen, "a warning")


@survey()
def no_repr_holds_a_secret(seen: Seen) -> None:
    """Neither the provider nor what it gives out shows a code or a full number."""
    answers = [repr(answer) for _call, answer in seen.answers]
    Secrets.of(seen).require_absent({*seen.reprs, *answers}, "a repr")


@survey()
def no_error_holds_a_secret(seen: Seen) -> None:
    """
    No error shows a code or a full number, nor does any that it is chained to.

    Attributes that it has besides count, since monitoring shows them.
    """
    texts = {text for _call, error in seen.errors for text in _texts(error)}
    Secrets.of(seen).require_absent(texts, "an error")


@survey(needs.named_secrets)
def no_key_is_shown(seen: Seen) -> None:
    """No text that comes out holds a key that the bench names, or a part of one."""
    answers = [repr(answer) for _call, answer in seen.answers]
    errors = [text for _call, error in seen.errors for text in _texts(error)]
    shown = [text for texts in seen.shown.values() for text in texts]
    texts = {*seen.reprs, *answers, *errors, *shown}
    Secrets.of(seen).require_no_key(texts, "what came out")


@survey()
def no_reference_holds_a_code(seen: Seen) -> None:
    """No reference holds a code or a key, plain, encoded or as an unsalted digest."""
    secrets = Secrets.of(seen)
    for ref in _references(seen):
        secrets.require_not_in_reference(ref)


@survey()
def references_are_small(seen: Seen) -> None:
    """A reference fits into a cookie: it holds what must be remembered, no more."""
    for ref in _references(seen):
        size = len(repr(ref.to_json()))
        require(size <= MOST_CHARACTERS, f"a reference has {size} characters")


MOST_CHARACTERS = 3000
"""Sealing adds a third, and cookies hold 4,096 bytes (RFC 6265, section 6.1)."""


@survey()
def references_bear_the_name(seen: Seen) -> None:
    """Every reference bears the name of the provider that made it."""
    for ref in _references(seen):
        require(ref.provider in seen.names, "a reference bears another name")


@survey()
def references_are_left_as_they_are(seen: Seen) -> None:
    """No call changes the reference that it is given."""
    _require_unchanged(seen, "reference")


@survey()
def name_and_capabilities_stay(seen: Seen) -> None:
    """The name and the capabilities are the same before and after every call."""
    _require_unchanged(seen, "name")
    _require_unchanged(seen, "capabilities")


@survey()
def the_process_is_left_alone(seen: Seen) -> None:
    """No call changes environment, locale, or other settings of the whole process."""
    _require_unchanged(seen, "the whole process")


@survey()
def answers_have_our_types(seen: Seen) -> None:
    """Every field of an answer is of the protocol's type, and no vendor's word."""
    for call, answer in seen.answers:
        for what, fits in _fields(call, answer):
            require(fits, f"{call} answered with {what} of another type")


@survey()
def no_end_invites_another_guess(seen: Seen) -> None:
    """Where a verification is over, or no guess is left, none is said to make sense."""
    for _call, answer in seen.answers:
        if isinstance(answer, CheckResult) and answer.retry_allowed:
            over = answer.verdict in OVER
            require(not over, f"{answer.verdict} allows another guess")
            left = answer.attempts_remaining
            require(left != 0, "no guess is left, and another one is allowed")


@survey()
def errors_say_whose_they_are(seen: Seen) -> None:
    """Every error names its provider, has a sentence, and facts of the right types."""
    for call, error in _errors(seen):
        name = f"{type(error).__name__} at {call}"
        require(bool(error.message), f"{name} has no message")
        require(bool(error.provider), f"{name} names no provider")
        for what, fits in _facts(error):
            require(fits, f"{name} has {what} that does not fit")


@survey()
def errors_survive_pickling(seen: Seen) -> None:
    """Every error can be pickled and copied, so that task queues may carry it."""
    for call, error in _errors(seen):
        name = f"{type(error).__name__} at {call}"
        for how in (_pickled, copy.copy):
            try:
                again = how(error)
            except Exception as broken:  # noqa: BLE001 - whatever it is, it is wrong
                fail(f"{name} does not survive: {type(broken).__name__}")
            same = type(again) is type(error) and str(again) == str(error)
            require(same, f"{name} is another one after pickling or copying")


def _pickled(error: VerifyError) -> object:
    return pickle.loads(pickle.dumps(error))  # noqa: S301 - of this process


def _require_absent(seen: Seen, where: str) -> None:
    Secrets.of(seen).require_absent(seen.shown.get(where, ()), where)


def _require_unchanged(seen: Seen, what: str) -> None:
    for change in seen.changed:
        if what in change:
            fail(change)


def _errors(seen: Seen) -> Iterator[tuple[Call, VerifyError]]:
    for call, error in seen.errors:
        if isinstance(error, VerifyError):
            yield call, error


def _references(seen: Seen) -> Iterator[VerificationRef]:
    for _call, answer in seen.answers:
        if isinstance(answer, Started) and isinstance(answer.ref, VerificationRef):
            yield answer.ref
    for _call, error in seen.errors:
        if isinstance(error, Ambiguous) and error.ref is not None:
            yield error.ref


def _texts(error: BaseException | None) -> Iterator[str]:
    """What an error shows, and what it shows of those that it came from."""
    while error is not None:
        yield from (str(error), repr(error), repr(error.args))
        yield from getattr(error, "__notes__", ())
        yield from (repr(value) for value in _attributes(error))
        if isinstance(error, VerifyError):
            yield f"{error.vendor_code} {error.vendor_request_id}"
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _texts(each)
        quoted = None if error.__suppress_context__ else error.__context__
        error = error.__cause__ or quoted


def _attributes(error: BaseException) -> Iterator[object]:
    """The values of all attributes, in slots or not, that classes or raisers added."""
    yield vars(error)
    for kind in type(error).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            yield getattr(error, name, None)


def _fields(call: Call, answer: object) -> Iterator[tuple[str, bool]]:
    match answer:
        case Started() if call is Call.START:
            yield from _started(answer)
        case CheckResult() if call is Call.CHECK:
            left = answer.attempts_remaining
            yield "verdict", isinstance(answer.verdict, Verdict)
            yield "attempts_remaining", left is None or (_is_int(left) and left >= 0)
            yield "retry_allowed", isinstance(answer.retry_allowed, bool)
        case VerificationState() if call is Call.FETCH:
            yield "status", isinstance(answer.status, Status)
            yield "reason", isinstance(answer.reason, str | None)
            yield "deliveries", _are(answer.deliveries, DeliveryAttempt)
        case CancelOutcome() if call is Call.CANCEL:
            return
        case _:
            yield "a value", False


def _started(answer: Started) -> Iterator[tuple[str, bool]]:
    length = answer.code_length
    yield "ref", isinstance(answer.ref, VerificationRef)
    yield "channel", isinstance(answer.channel, Channel | None)
    yield "delivery", isinstance(answer.delivery, Delivery)
    yield "expires_at", isinstance(answer.expires_at, datetime | None)
    yield "resend_after", isinstance(answer.resend_after, timedelta | None)
    yield "code_length", length is None or _is_int(length)
    yield "ignored_hints", _are(answer.ignored_hints, str)
    yield "attempts", _are(answer.attempts, AttemptReport)


def _facts(error: VerifyError) -> Iterator[tuple[str, bool]]:
    status = error.http_status
    yield "an http_status", status is None or _is_int(status)
    yield "a vendor_code", isinstance(error.vendor_code, str | None)
    yield "a vendor_request_id", isinstance(error.vendor_request_id, str | None)
    yield "a maybe_sent", isinstance(error.maybe_sent, bool)
    if isinstance(error, NotSent):
        wait = error.retry_after
        whole = isinstance(wait, timedelta) and wait >= timedelta(0)
        yield "a retry_after", wait is None or whole
    if isinstance(error, Ambiguous):
        yield "a ref", isinstance(error.ref, VerificationRef | None)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are(values: object, kind: type) -> bool:
    return isinstance(values, tuple) and all(isinstance(each, kind) for each in values)
