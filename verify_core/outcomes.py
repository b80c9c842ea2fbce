"""
From verdicts and errors to outcomes, error records and state writes.

Pure and total: every reason that exists has a row, and a test holds the table against
the enums and the error tree. Outcomes are those of Ping's nodes; source: Ping Identity,
"Twilio Verify Sender node" and "Twilio Verify Collector Decision node", read
2026-11-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from . import errors
from .errors import (
    ChannelReason,
    CodeReason,
    IdentifierReason,
    InputError,
    InvalidSetting,
    PhoneReason,
    TokenReason,
    VerifyError,
)
from .masking import Hidden
from .messages import text_of
from .validation import read_member, require_kind
from .verification import CheckResult, Delivery, Started, Verdict, VerificationRef


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


ERROR_KEY: Final = "verifyError"
"""Shared state: the message of the last error, for people."""
ERROR_RECORD_KEY: Final = "verifyErrorRecord"
"""Shared state: the same error as a record, for the journey's own decisions."""
PING_EXCEPTION_KEY: Final = "Exception"
"""Shared state: where the original nodes put a text; written with `ping_compatible`."""
REFERENCE_KEY: Final = "verifyReference"
"""Shared state: the reference of the running verification."""
DELIVERY_KEY: Final = "verifyDelivery"
"""Shared state: `sent` or `maybe_sent`."""


class Family(StrEnum):
    """Where a reason comes from."""

    PHONE = "phone"
    IDENTIFIER = "identifier"
    CHANNEL = "channel"
    CODE = "code"
    REFERENCE = "reference"
    PROVIDER = "provider"
    VERDICT = "verdict"
    SETTING = "setting"


@frozen(kw_only=True)
class ErrorRecord:
    """
    What went wrong, in a form that a journey can decide on and a person can read.

    Attributes:
        reason: Family and member, such as `phone.letters` or `provider.too_soon`.
        retryable: Whether the same person can succeed by trying again, now, later or
            with other input, without anybody mending the installation.
        message: A sentence for people, masked.
        message_key: Its key in the catalogue.
        provider: Name of the provider, where one answered.
        provider_code: The vendor's code, where it gave one.
        http_status: Status of the vendor's answer, where there was one.
        retry_after_s: Seconds to wait, where the vendor says so.
    """

    reason: str
    retryable: bool
    message: str
    message_key: str
    provider: str | None = None
    provider_code: str | None = None
    http_status: int | None = None
    retry_after_s: int | None = None

    def to_json(self) -> dict[str, str | int | bool | None]:
        """The record as JSON types."""
        return {
            "reason": self.reason,
            "retryable": self.retryable,
            "message": self.message,
            "message_key": self.message_key,
            "provider": self.provider,
            "provider_code": self.provider_code,
            "http_status": self.http_status,
            "retry_after_s": self.retry_after_s,
        }


def _put(
    value: Mapping[str, object] | Hidden[Mapping[str, object]],
) -> Hidden[Mapping[str, object]]:
    return value if isinstance(value, Hidden) else Hidden(value)


@frozen(kw_only=True)
class StateWrites:
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


# A person can answer most of these by typing something else; the rest is configuration.
# Listed by enum, because members of two string enums are equal where their values are.
_INPUT: Final[Mapping[type[StrEnum], Mapping[StrEnum, bool]]] = {
    PhoneReason: dict.fromkeys(PhoneReason, True),
    IdentifierReason: {
        IdentifierReason.MISSING: False,
        IdentifierReason.INVALID_EMAIL: True,
    },
    ChannelReason: {ChannelReason.UNKNOWN: False, ChannelReason.MISMATCH: True},
    CodeReason: {
        CodeReason.EMPTY: True,
        CodeReason.NOT_A_CODE: True,
        CodeReason.NO_REFERENCE: False,
    },
    TokenReason: dict.fromkeys(TokenReason, False),
}

_FAMILIES: Final[Mapping[type[StrEnum], Family]] = {
    PhoneReason: Family.PHONE,
    IdentifierReason: Family.IDENTIFIER,
    ChannelReason: Family.CHANNEL,
    CodeReason: Family.CODE,
    TokenReason: Family.REFERENCE,
}

_PROVIDER: Final[Mapping[type[VerifyError], tuple[str, bool]]] = {
    errors.InvalidIdentifier: ("invalid_identifier", True),
    errors.Refused: ("refused", False),
    errors.TooSoon: ("too_soon", True),
    errors.Throttled: ("throttled", True),
    errors.Misconfigured: ("misconfigured", False),
    errors.Unavailable: ("unavailable", True),
    errors.UnsupportedChannel: ("unsupported_channel", False),
    errors.NotSupported: ("not_supported", False),
    errors.Ambiguous: ("ambiguous", True),
    errors.Unexpected: ("unexpected", False),
}

# A wrong code is the Collector's False; what no further guess can mend is its Error, as
# in the original, where these were exceptions of the vendor's SDK.
_VERDICTS: Final[Mapping[Verdict, tuple[Outcome, bool]]] = {
    Verdict.APPROVED: (Outcome.TRUE, False),
    Verdict.WRONG_CODE: (Outcome.FALSE, True),
    Verdict.EXHAUSTED: (Outcome.ERROR, True),
    Verdict.EXPIRED: (Outcome.ERROR, True),
    Verdict.GONE: (Outcome.ERROR, True),
    Verdict.NOT_CHECKABLE: (Outcome.ERROR, True),
}


_SETTING: Final = f"{Family.SETTING}.invalid"
_FOREIGN: Final = f"{Family.IDENTIFIER}.other"


def reasons() -> frozenset[str]:
    """Every reason that an error record can carry."""
    found = {
        f"{_FAMILIES[kind]}.{member}" for kind, row in _INPUT.items() for member in row
    }
    found |= {f"{Family.PROVIDER}.{name}" for name, _ in _PROVIDER.values()}
    found |= {f"{Family.VERDICT}.{verdict}" for verdict in Verdict}
    found.discard(f"{Family.VERDICT}.{Verdict.APPROVED}")
    return frozenset(found | {_SETTING, _FOREIGN})


def record_of(error: InputError | InvalidSetting | VerifyError) -> ErrorRecord:
    """
    The record of an error of ours; total over the reasons that exist.

    A provider's own error class is recorded under the nearest of ours, an input reason
    of somebody else's as `identifier.other`.
    """
    if isinstance(error, VerifyError):
        return _provider_record(error)
    if isinstance(error, InvalidSetting):
        return _record(_SETTING, retryable=False)
    kind = type(error.reason)
    if kind not in _INPUT:
        return _record(_FOREIGN, retryable=True)
    retryable = _INPUT[kind][error.reason]
    return _record(f"{_FAMILIES[kind]}.{error.reason}", retryable=retryable)


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
            removed=(ERROR_KEY, ERROR_RECORD_KEY, PING_EXCEPTION_KEY),
        ),
    )


def checked(result: CheckResult, *, ping_compatible: bool = False) -> NodeResult:
    """The Collector's result for a verdict."""
    outcome, retryable = _VERDICTS[result.verdict]
    if outcome is Outcome.TRUE:
        stale = (ERROR_KEY, ERROR_RECORD_KEY, PING_EXCEPTION_KEY, REFERENCE_KEY)
        return NodeResult(outcome=outcome, writes=StateWrites(removed=stale))
    record = _record(f"{Family.VERDICT}.{result.verdict}", retryable=retryable)
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
    if isinstance(error, errors.Ambiguous | errors.Unexpected):
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


def _provider_record(error: VerifyError) -> ErrorRecord:
    known = next(kind for kind in type(error).__mro__ if kind in _ROWS)
    name, retryable = _ROWS[known]
    wait = getattr(error, "retry_after", None)
    return _record(
        f"{Family.PROVIDER}.{name}",
        retryable=retryable,
        provider=error.provider or None,
        provider_code=error.vendor_code,
        http_status=error.http_status,
        retry_after_s=None if wait is None else max(round(wait.total_seconds()), 0),
    )


# A provider's own subclass of the bare bases is as unreadable to us as a strange
# answer.
_ROWS: Final[Mapping[type, tuple[str, bool]]] = {
    **_PROVIDER,
    VerifyError: _PROVIDER[errors.Unexpected],
}


def _record(
    reason: str,
    *,
    retryable: bool,
    provider: str | None = None,
    provider_code: str | None = None,
    http_status: int | None = None,
    retry_after_s: int | None = None,
) -> ErrorRecord:
    key = f"error.{reason}"
    return ErrorRecord(
        reason=reason,
        retryable=retryable,
        message=text_of(key),
        message_key=key,
        provider=provider,
        provider_code=provider_code,
        http_status=http_status,
        retry_after_s=retry_after_s,
    )
