"""
Outcomes of the two nodes, and what an outcome leaves in node state.

Pure: from a result, a verdict or an error to an outcome, a record and writes. Outcomes
are those of Ping's nodes; source: Ping Identity, "Twilio Verify Sender node" and
"Twilio Verify Collector Decision node", read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from ..errors import (
    Ambiguous,
    InputError,
    InvalidSetting,
    Unexpected,
    VerifyError,
)
from ..explain import ErrorRecord, record_of
from ..masking import Discreet, Hidden
from ..validation import read_member, require_kind
from ..verification import CheckResult, Delivery, Started, Verdict, VerificationRef

# State keys, all of shared state. The first two are the original's own.
IDENTIFIER_KEY: Final = "userIdentifier"
"""Where the original nodes keep the identifier unless configured otherwise."""
SERVICE_KEY: Final = "serviceSID"
"""The vendor's service, as the original Sender writes it."""
PING_EXCEPTION_KEY: Final = "Exception"
"""Where the original nodes put a text; written with `ping_compatible`."""
ERROR_KEY: Final = "verifyError"
"""The message of the last error, for people."""
ERROR_RECORD_KEY: Final = "verifyErrorRecord"
"""The same error as a record, for the journey's own decisions."""
REFERENCE_KEY: Final = "verifyReference"
"""The reference of the running verification."""
DELIVERY_KEY: Final = "verifyDelivery"
"""`sent` or `maybe_sent`."""
RESEND_KEY: Final = "verifyResend"
"""True between the Collector's `Resend` and the Sender."""
ASKED_KEY: Final = "verifyAsked"
"""The key of an identifier that the Sender asked the person for."""
SENT_AT_KEY: Final = "verifySentAt"
"""When the last message was sent, where the context has the time."""
WRONG_CODES_KEY: Final = "verifyWrongCodes"
"""Wrong codes typed for the running verification."""

ERROR_KEYS: Final = (ERROR_KEY, ERROR_RECORD_KEY, PING_EXCEPTION_KEY)
VERIFICATION_KEYS: Final = (
    REFERENCE_KEY,
    DELIVERY_KEY,
    ASKED_KEY,
    RESEND_KEY,
    SENT_AT_KEY,
    WRONG_CODES_KEY,
)
"""What a verification that is over leaves behind."""


class Outcome(StrEnum):
    """What a node returns; `read_outcome` also takes the lower-case ids of exports."""

    TRUE = "True"
    FALSE = "False"
    ERROR = "Error"
    RESEND = "Resend"
    CANCEL = "Cancel"


def read_outcome(text: str | Outcome) -> Outcome:
    """
    An outcome from however an export spells it: `true`, `True`, `RESEND`.

    Raises:
        InvalidSetting: The text names no outcome.
    """
    plain = require_kind("outcome", text, str)
    return read_member(Outcome, "outcome", plain.strip().capitalize())


def _put(
    value: Mapping[str, object] | Hidden[Mapping[str, object]],
) -> Hidden[Mapping[str, object]]:
    return value if isinstance(value, Hidden) else Hidden(value)


@frozen(kw_only=True)
class StateWrites(Discreet):
    """
    What to write to shared state, as data.

    Attributes:
        put: Keys and their JSON values.
        removed: Keys to remove from every store.
    """

    _put: Hidden[Mapping[str, object]] = field(factory=dict, converter=_put, repr=False)
    removed: tuple[str, ...] = ()

    @property
    def put(self) -> Mapping[str, object]:
        """Keys and their JSON values."""
        return self._put.reveal()


@frozen(kw_only=True)
class NodeResult:
    """
    An outcome, why, and what it leaves in state.

    Attributes:
        outcome: What the node returns.
        error: The record; present exactly when something went wrong.
        writes: For shared state.
    """

    outcome: Outcome
    error: ErrorRecord | None = None
    writes: StateWrites = field(factory=StateWrites)


# A wrong code is the Collector's False; what no further guess can mend is its Error, as
# in the original, where these were exceptions of the vendor's SDK.
_OUTCOMES: Mapping[Verdict, Outcome] = {
    Verdict.APPROVED: Outcome.TRUE,
    Verdict.WRONG_CODE: Outcome.FALSE,
    Verdict.EXHAUSTED: Outcome.ERROR,
    Verdict.EXPIRED: Outcome.ERROR,
    Verdict.GONE: Outcome.ERROR,
    Verdict.NOT_CHECKABLE: Outcome.ERROR,
}


def sent(started: Started, *, identifier_key: str) -> NodeResult:
    """The Sender's result for a verification that runs."""
    return NodeResult(
        outcome=Outcome.TRUE,
        writes=StateWrites(
            put={
                identifier_key: started.ref.identifier.value,
                REFERENCE_KEY: started.ref.to_json(),
                DELIVERY_KEY: started.delivery.value,
            },
            removed=ERROR_KEYS,
        ),
    )


def checked(result: CheckResult, *, ping_compatible: bool = False) -> NodeResult:
    """The Collector's result for a verdict."""
    outcome = _OUTCOMES[result.verdict]
    if outcome is Outcome.TRUE:
        stale = (*ERROR_KEYS, REFERENCE_KEY)
        return NodeResult(outcome=outcome, writes=StateWrites(removed=stale))
    record = record_of(result.verdict)
    return _with_record(outcome, record, ping_compatible=ping_compatible)


def went_wrong(
    error: InputError | InvalidSetting | VerifyError, *, ping_compatible: bool = False
) -> NodeResult:
    """
    Either node's result for an error.

    Where a message may have left all the same, its reference is kept, so that the code
    can be checked if it arrives.
    """
    result = _with_record(
        Outcome.ERROR, record_of(error), ping_compatible=ping_compatible
    )
    ref = _kept_reference(error)
    if ref is None:
        return result
    kept = {
        REFERENCE_KEY: ref.to_json(),
        DELIVERY_KEY: Delivery.MAYBE_SENT.value,
    }
    return evolve(result, writes=StateWrites(put={**result.writes.put, **kept}))


def _kept_reference(error: Exception) -> VerificationRef | None:
    if isinstance(error, Ambiguous | Unexpected):
        return error.ref
    return None


def _with_record(
    outcome: Outcome, record: ErrorRecord, *, ping_compatible: bool
) -> NodeResult:
    put: dict[str, object] = {
        ERROR_KEY: record.message,
        ERROR_RECORD_KEY: record.to_json(),
    }
    # The original writes nothing on False, so a text here would mean an Error to it.
    if ping_compatible and outcome is Outcome.ERROR:
        put[PING_EXCEPTION_KEY] = record.message
    return NodeResult(outcome=outcome, error=record, writes=StateWrites(put=put))
