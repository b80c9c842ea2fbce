"""
What the nodes keep in node state, and what they find there.

Outcomes are those of Ping's nodes; source: Ping Identity, "Twilio Verify Sender node",
"Twilio Verify Collector Decision node", "Twilio Verify Lookup node" and "Twilio
Identifier node", read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime

from attrs import field, frozen

from ..errors import (
    Ambiguous,
    InputError,
    InvalidIdentifier,
    InvalidSetting,
    Unexpected,
    VerifyError,
)
from ..explain import ErrorRecord, record_of
from ..masking import Discreet, Revealed, Secret, to_secret
from ..messages import text_of
from ..validation import aware_utc
from ..verification import CheckResult, Delivery, Started, Verdict, VerificationRef
from ._callbacks import MessageType, TextOutputCallback
from ._framework import Action, NodeError, Outcome
from ._state import OBJECT_ATTRIBUTES, NodeState

# All of shared state. The first four are the original's own.
USERNAME_KEY = "username"
"""Who logs in; written by other nodes."""
IDENTIFIER_KEY = "userIdentifier"
SERVICE_KEY = "serviceSID"
PING_EXCEPTION_KEY = "Exception"
"""Where the original nodes put a text; written with `ping_compatible`."""
ERROR_KEY = "verifyError"
ERROR_RECORD_KEY = "verifyErrorRecord"
REFERENCE_KEY = "verifyReference"
DELIVERY_KEY = "verifyDelivery"
RESEND_KEY = "verifyResend"
"""True between the Collector's `Resend` and the Sender."""
ASKED_KEY = "verifyAsked"
"""The key of an identifier that the Sender asked the person for."""
SENT_AT_KEY = "verifySentAt"
WRONG_CODES_KEY = "verifyWrongCodes"
LINE_TYPE_KEY = "verifyLineType"

ERROR_KEYS = (ERROR_KEY, ERROR_RECORD_KEY, PING_EXCEPTION_KEY)
VERIFICATION_KEYS = (
    REFERENCE_KEY,
    DELIVERY_KEY,
    ASKED_KEY,
    RESEND_KEY,
    SENT_AT_KEY,
    WRONG_CODES_KEY,
)
"""What a verification that is over leaves behind."""

# A wrong code is the Collector's False; what no further guess can mend is its Error, as
# in the original, where these were exceptions of the vendor's SDK.
_OUTCOMES = {
    Verdict.APPROVED: Outcome.TRUE,
    Verdict.WRONG_CODE: Outcome.FALSE,
    Verdict.EXHAUSTED: Outcome.ERROR,
    Verdict.EXPIRED: Outcome.ERROR,
    Verdict.GONE: Outcome.ERROR,
    Verdict.NOT_CHECKABLE: Outcome.ERROR,
}

# Longer than any number or address; and beyond 4300 digits Python refuses to write it.
_LARGEST_NUMBER = 10**30
_MOST_WRONG = 10**9


def sent(state: NodeState, started: Started, *, identifier_key: str) -> Action:
    """The Sender's outcome for a verification that runs."""
    state.remove(*ERROR_KEYS)
    state.merge_shared(
        {
            identifier_key: started.ref.identifier.value,
            REFERENCE_KEY: started.ref.to_json(),
            DELIVERY_KEY: started.delivery.value,
        }
    )
    return Action.go_to(Outcome.TRUE)


def checked(state: NodeState, result: CheckResult, *, ping_compatible: bool) -> Action:
    """The Collector's outcome for a verdict."""
    outcome = _OUTCOMES[result.verdict]
    if outcome is Outcome.TRUE:
        state.remove(*ERROR_KEYS, *VERIFICATION_KEYS)
        return Action.go_to(outcome)
    record = record_of(result.verdict)
    # The original writes nothing on False, so a text here would mean an Error to it.
    as_exception = ping_compatible and outcome is Outcome.ERROR
    _write_error(state, record, as_exception=as_exception)
    if result.verdict is Verdict.WRONG_CODE:
        _count_wrong_code(state)
    return Action.go_to(outcome, error=record)


def failed(state: NodeState, error: NodeError, *, ping_compatible: bool) -> Action:
    """
    The outcome for an error of the Sender and the Collector, and of `decided`.

    Where a message may have left all the same, its reference is kept, so that the code
    can be checked if it arrives.
    """
    record = record_of(error)
    _write_error(state, record, as_exception=ping_compatible)
    ref = error.ref if isinstance(error, Ambiguous | Unexpected) else None
    if ref is not None:
        maybe = Delivery.MAYBE_SENT.value
        state.merge_shared({REFERENCE_KEY: ref.to_json(), DELIVERY_KEY: maybe})
    # Frames of a login hold what the person typed.
    cause = error.with_traceback(None)
    return Action.go_to(Outcome.ERROR, error=record, cause=cause)


def decided(
    state: NodeState,
    decide: Callable[[], Mapping[str, object]],
    *,
    ping_compatible: bool,
) -> Action:
    """
    The outcome of the Identifier and the Lookup.

    Args:
        state: Where the outcome is noted.
        decide: Returns what to write for True. An error about the person or the number
            is False, any other error of this library is Error.
        ping_compatible: Whether Error writes the original's key, too.
    """
    try:
        found = decide()
    except (InputError, InvalidIdentifier) as error:
        record = record_of(error)
        _write_error(state, record, as_exception=False)
        cause = error.with_traceback(None)
        return Action.go_to(Outcome.FALSE, error=record, cause=cause)
    except (InvalidSetting, VerifyError) as error:
        return failed(state, error, ping_compatible=ping_compatible)
    state.remove(*ERROR_KEYS)
    state.merge_shared(found)
    return Action.go_to(Outcome.TRUE)


def _write_error(state: NodeState, record: ErrorRecord, *, as_exception: bool) -> None:
    put = {ERROR_KEY: record.message, ERROR_RECORD_KEY: record.to_json()}
    if as_exception:
        put[PING_EXCEPTION_KEY] = record.message
    state.merge_shared(put)


def _count_wrong_code(state: NodeState) -> None:
    so_far = state.get(WRONG_CODES_KEY)
    count = so_far if type(so_far) is int and 0 <= so_far < _MOST_WRONG else 0
    state.merge_shared({WRONG_CODES_KEY: count + 1})


def reference(state: NodeState) -> VerificationRef | None:
    """
    The reference of the running verification, or None.

    Raises:
        InvalidSetting: The state holds something else.
    """
    data = state.get(REFERENCE_KEY)
    return None if data is None else VerificationRef.from_json(data)


def sent_at(state: NodeState) -> datetime | None:
    """When the last message was sent; None where the state has no readable time."""
    text = state.get(SENT_AT_KEY)
    with suppress(ValueError):
        return (
            aware_utc(datetime.fromisoformat(text)) if isinstance(text, str) else None
        )
    return None


def last_error(
    state: NodeState, locales: Iterable[str], about: str | tuple[str, ...] = ""
) -> TextOutputCallback | None:
    """The error in state, to show, if its reason begins with one of these."""
    record = state.get(ERROR_RECORD_KEY)
    if not isinstance(record, Mapping):
        return None
    reason, key = record.get("reason"), record.get("message_key")
    if not isinstance(reason, str) or not isinstance(key, str):
        return None
    with suppress(InvalidSetting):
        notice = TextOutputCallback(text_of(key, locales), MessageType.ERROR)
        return notice if reason.startswith(about) else None
    return None


@frozen(kw_only=True)
class FoundIdentifier(Discreet):
    """An identifier in state, not yet read; private unless the shared store has it."""

    _text: Secret = field(converter=to_secret, repr=False)
    private: bool

    text = Revealed[str]("_text", "The value, as text.")


def find_identifier(
    state: NodeState, key: str, *, object_attribute: str | None = None
) -> FoundIdentifier | None:
    """
    The identifier in transient, else secure, else shared state.

    Blank values count as absent, so a blank one hides nothing.

    Args:
        state: Where to look.
        key: The state key.
        object_attribute: Name of an attribute under `objectAttributes` to look for
            where no store has the key; None looks no further.
    """
    found = _first(state, lambda store: store.get(key))
    if found is None and object_attribute is not None:
        found = find_collected(state, object_attribute)
    return found


def find_collected(state: NodeState, attribute: str) -> FoundIdentifier | None:
    """The attribute under `objectAttributes`; see `find_identifier`."""
    name = attribute.removeprefix(f"{OBJECT_ATTRIBUTES}.")
    return _first(state, lambda store: _member(store, name))


def _first(
    state: NodeState, look: Callable[[Mapping[str, object]], object]
) -> FoundIdentifier | None:
    stores = ((state.transient, True), (state.secure, True), (state.shared, False))
    for store, private in stores:
        for text in texts_of(look(store)):
            return FoundIdentifier(text=text, private=private)
    return None


def _member(store: Mapping[str, object], name: str) -> object:
    container = store.get(OBJECT_ATTRIBUTES)
    return container.get(name) if isinstance(container, Mapping) else None


def texts_of(value: object) -> list[str]:
    """
    The texts that a value in state or on a profile stands for.

    A number is its digits and a list each usable member, since profiles hold telephone
    numbers in either form; blank text and everything else is nothing.
    """
    items = value if isinstance(value, list | tuple) else (value,)
    return [text for item in items if (text := _plain(item))]


def _plain(value: object) -> str | None:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return str(value) if 0 < value < _LARGEST_NUMBER else None
