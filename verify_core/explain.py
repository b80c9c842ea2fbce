"""
From errors and verdicts to records: a reason for programs, a sentence for people.

Web applications, nodes and the shell explain what went wrong with the same records.
Every reason that exists has a row here and a text in `verify_core.messages`; a test
holds both against the enums and the error tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from attrs import asdict, frozen

from . import errors
from .errors import InputError, InvalidSetting, VerifyError
from .messages import text_of
from .verification import Verdict

Problem: TypeAlias = InputError | InvalidSetting | VerifyError | Verdict
"""What a record can explain: any error of this library, or the verdict of a check."""


@frozen(kw_only=True)
class ErrorRecord:
    """
    What went wrong, in a form that programs can decide on and people can read.

    Attributes:
        reason: Family and member, such as `phone.letters`, `provider.too_soon` or
            `verdict.wrong_code`.
        retryable: Whether the same person can succeed by trying again, now, later or
            with other input, while the installation stays as it is.
        message: A sentence for people, masked.
        message_key: Its key in the catalogue of `verify_core.messages`.
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
        return asdict(self)


# Family, and whether other input can succeed: most reasons are about what was typed,
# the others about the configuration. Listed by enum, because members of two string
# enums are equal where their values are.
_INPUT: Mapping[type[StrEnum], tuple[str, Mapping[StrEnum, bool]]] = {
    errors.PhoneReason: ("phone", dict.fromkeys(errors.PhoneReason, True)),
    errors.IdentifierReason: (
        "identifier",
        {
            errors.IdentifierReason.MISSING: False,
            errors.IdentifierReason.INVALID_EMAIL: True,
        },
    ),
    errors.ChannelReason: (
        "channel",
        {errors.ChannelReason.UNKNOWN: False, errors.ChannelReason.MISMATCH: True},
    ),
    errors.CodeReason: (
        "code",
        {
            errors.CodeReason.EMPTY: True,
            errors.CodeReason.NOT_A_CODE: True,
            errors.CodeReason.NO_REFERENCE: False,
        },
    ),
    errors.TokenReason: ("reference", dict.fromkeys(errors.TokenReason, False)),
}

_PROVIDER: Mapping[type[VerifyError], tuple[str, bool]] = {
    errors.InvalidIdentifier: ("provider.invalid_identifier", True),
    errors.Refused: ("provider.refused", False),
    errors.TooSoon: ("provider.too_soon", True),
    errors.Throttled: ("provider.throttled", True),
    errors.Misconfigured: ("provider.misconfigured", False),
    errors.Unavailable: ("provider.unavailable", True),
    errors.UnsupportedChannel: ("provider.unsupported_channel", False),
    errors.NotSupported: ("provider.not_supported", False),
    errors.Ambiguous: ("provider.ambiguous", True),
    errors.Unexpected: ("provider.unexpected", False),
}

_SETTING = "setting.invalid"
_OTHER_INPUT = "identifier.other"


def reasons() -> frozenset[str]:
    """Every reason that a record can carry."""
    found = {f"{family}.{each}" for family, row in _INPUT.values() for each in row}
    found |= {reason for reason, _ in _PROVIDER.values()}
    found |= {f"verdict.{verdict}" for verdict in Verdict}
    found.discard(f"verdict.{Verdict.APPROVED}")
    return frozenset(found | {_SETTING, _OTHER_INPUT})


def record_of(problem: Problem) -> ErrorRecord:
    """
    The record of an error or of a verdict other than `APPROVED`.

    A provider's own error class is recorded under the nearest class of
    `verify_core.errors`, an unknown reason of an input error as `identifier.other`.

    Raises:
        InvalidSetting: The verdict is `APPROVED`, which is not a problem.
    """
    match problem:
        case Verdict.APPROVED:
            raise InvalidSetting("problem", "takes an error, or a verdict of failure")
        case Verdict():
            return _record(f"verdict.{problem}", retryable=True)
        case VerifyError():
            return _provider_record(problem)
        case InvalidSetting():
            return _record(_SETTING, retryable=False)
    family, row = _INPUT.get(type(problem.reason), ("", {}))
    if problem.reason not in row:
        return _record(_OTHER_INPUT, retryable=True)
    return _record(f"{family}.{problem.reason}", retryable=row[problem.reason])


def _provider_record(error: VerifyError) -> ErrorRecord:
    # A provider's own subclass of a bare base is as unreadable as a strange answer.
    known = (_PROVIDER[kind] for kind in type(error).__mro__ if kind in _PROVIDER)
    reason, retryable = next(known, _PROVIDER[errors.Unexpected])
    wait = getattr(error, "retry_after", None)
    return _record(
        reason,
        retryable=retryable,
        provider=error.provider or None,
        provider_code=error.vendor_code,
        http_status=error.http_status,
        retry_after_s=None if wait is None else max(round(wait.total_seconds()), 0),
    )


def _record(reason: str, *, retryable: bool, **facts: str | int | None) -> ErrorRecord:
    key = f"error.{reason}"
    return ErrorRecord(
        reason=reason,
        retryable=retryable,
        message=text_of(key),
        message_key=key,
        **facts,  # type: ignore[arg-type]  # each is a field of its type
    )
