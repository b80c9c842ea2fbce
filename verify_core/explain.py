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


# By enum, because members of two string enums are equal where their values are.
_INPUT: Mapping[type[StrEnum], str] = {
    errors.PhoneReason: "phone",
    errors.IdentifierReason: "identifier",
    errors.ChannelReason: "channel",
    errors.CodeReason: "code",
    errors.TokenReason: "reference",
}
_FINAL = {
    "identifier.missing",
    "channel.unknown",
    "code.no_reference",
    *(f"reference.{reason}" for reason in errors.TokenReason),
}
"""Where other input cannot succeed: these are about the configuration, or the login."""

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
    found = {f"{family}.{each}" for kind, family in _INPUT.items() for each in kind}
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
    family = _INPUT.get(type(problem.reason))
    reason = _OTHER_INPUT if family is None else f"{family}.{problem.reason}"
    return _record(reason, retryable=reason not in _FINAL)


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
