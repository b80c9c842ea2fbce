"""The values that cross the protocol, in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from attrs import Attribute, converters, field, frozen
from attrs.validators import optional

from .channels import Channel, read_channel, require_match
from .errors import InvalidSetting
from .frames import unframed, unframed_init
from .identifiers import (
    EmailAddress,
    Identifier,
    identifier_from_json,
    identifier_to_json,
)
from .masking import Discreet, Hidden, Revealed, Secret, to_secret
from .phone import PhoneNumber
from .validation import (
    any_text,
    aware_utc,
    filled_text,
    flag,
    instance_of,
    instance_or_none,
    ip_address,
    optional_count,
    optional_text,
    positive_duration,
    read_member,
    read_or,
    require_all,
    require_members,
    require_text,
    require_texts,
    whole,
)

MIN_CODE_LENGTH = 4
MAX_CODE_LENGTH = 10
"""What Twilio, Vonage and Telnyx agree on; read in their API documents 2026-11-22."""

_MOST_SENDS = 1_000_000


class Delivery(StrEnum):
    """What is known of the message after a start."""

    SENT = "sent"
    MAYBE_SENT = "maybe_sent"


class Verdict(StrEnum):
    """What a check says of a code; only `APPROVED` opens the door."""

    APPROVED = "approved"
    WRONG_CODE = "wrong_code"
    EXHAUSTED = "exhausted"
    """The guesses are used up."""
    EXPIRED = "expired"
    GONE = "gone"
    """Approved before, expired, canceled or never there; the vendor does not say."""
    NOT_CHECKABLE = "not_checkable"
    """The verification lives, but takes no code now."""


class Status(StrEnum):
    """Where a verification stands; a vendor word we do not know is `UNKNOWN`."""

    PENDING = "pending"
    APPROVED = "approved"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


class CancelOutcome(StrEnum):
    """What became of a verification that was to be canceled."""

    CANCELED = "canceled"
    TOO_LATE = "too_late"
    NOT_SUPPORTED = "not_supported"
    GONE = "gone"


def _created_at(value: datetime) -> datetime:
    return aware_utc(value, "created_at")


def _expires_at(value: datetime) -> datetime:
    return aware_utc(value, "expires_at")


def _at(value: datetime) -> datetime:
    return aware_utc(value, "at")


def _extras(value: object) -> Hidden[tuple[object, ...]]:
    if isinstance(value, Hidden):  # the default, or from attrs.evolve
        return value
    listed = value if isinstance(value, list | tuple) else (value,)
    return Hidden(() if value is None else tuple(listed))


def _custom_code(value: str | Secret) -> Secret:
    code = to_secret(value, "custom_code")
    require_text("custom_code", code.reveal())
    return code


def _vendor_data(
    value: Mapping[str, str] | Hidden[dict[str, str]],
) -> Hidden[dict[str, str]]:
    if isinstance(value, Hidden):  # from attrs.evolve
        return value
    return Hidden(require_texts("vendor_data", value))


def _channels(value: Iterable[str | Channel]) -> tuple[Channel, ...]:
    members = require_members("fallback_channels", value, "channels")
    return tuple(map(read_channel, members))


def _an_identifier(
    _instance: object, _attribute: Attribute[Identifier], value: object
) -> None:
    if not isinstance(value, (PhoneNumber, EmailAddress)):
        raise InvalidSetting(
            "identifier",
            "takes a PhoneNumber or an EmailAddress; read_phone() makes one of a text",
        )


@frozen(kw_only=True)
class StartHints:
    """How long the code should work, and its characters, 4 to 10; may be ignored."""

    time_to_live: timedelta | None = field(
        default=None, validator=optional(positive_duration)
    )
    code_length: int | None = field(
        default=None, validator=optional(whole(MIN_CODE_LENGTH, MAX_CODE_LENGTH))
    )


_NO_HINTS = StartHints()
_NO_EXTRAS: Hidden[tuple[object, ...]] = Hidden(())


@unframed_init
@frozen(kw_only=True)
class StartRequest(Discreet):
    """
    Whom to reach, how, and what the message should be like.

    Attributes:
        identifier: A phone number or an e-mail address, whichever `channel` takes.
        channel: How the code travels; a string is read by `read_channel`.
        fallback_channels: Channels that the vendor may try afterwards, in order.
        attempt_id: Name of this attempt in your own records; None keeps that of the
            verification sent again, or lets the provider draw one.
        locale: Language of the message (BCP 47, such as `de` or `pt-BR`); a hint.
        custom_code: A code of the caller's own, where the provider takes one.
        client_address: IP address of the person's device, for fraud rules; a hint.
        hints: Further hints.
        extras: At most one typed value per vendor; a provider refuses others' values.

    Raises:
        ChannelMismatch: A channel that cannot reach the identifier.
        UnknownChannel: A text that names no channel.
        InvalidSetting: Another field that cannot be used; names it.
    """

    identifier: Identifier = field(validator=_an_identifier)
    channel: Channel = field(default=Channel.SMS, converter=read_channel)
    fallback_channels: tuple[Channel, ...] = field(default=(), converter=_channels)
    attempt_id: str | None = field(default=None, validator=optional(filled_text))
    locale: str | None = field(default=None, validator=optional_text)
    custom_code: Secret | None = field(
        default=None, converter=converters.optional(_custom_code)
    )
    client_address: str | None = field(default=None, validator=optional(ip_address))
    hints: StartHints = field(default=_NO_HINTS, validator=instance_of(StartHints))
    _extras: Hidden[tuple[object, ...]] = field(
        default=_NO_EXTRAS, converter=_extras, repr=False
    )

    extras = Revealed[tuple[object, ...]]("_extras", "One value per vendor at most.")

    def __attrs_post_init__(self) -> None:
        for channel in (self.channel, *self.fallback_channels):
            require_match(channel, self.identifier.kind)
        extras = self.extras
        if len({type(extra) for extra in extras}) < len(extras):
            raise InvalidSetting("extras", "takes at most one value of each vendor")


@unframed_init
@frozen(kw_only=True)
class VerificationRef(Discreet):
    """
    Our handle on one verification; opaque to callers, who keep the newest one they got.

    Attributes:
        provider: Name of the provider that made it; no other can read it.
        vendor_id: The vendor's handle; empty where the start's answer was lost.
        identifier: Whom the verification reaches.
        channel: How the last message travelled, as far as the vendor says.
        attempt_id: Name of this attempt in your own records; a resend keeps it.
        created_at: When it started, UTC; by the vendor's clock or the provider's.
        sends: Messages sent so far, this one included.
        vendor_data: What the provider must remember; small.

    Raises:
        InvalidSetting: A field of another type, or a naive instant; names it.
    """

    provider: str = field(validator=filled_text)
    vendor_id: str = field(default="", validator=any_text)
    identifier: Identifier = field(validator=_an_identifier)
    channel: Channel = field(converter=read_channel)
    attempt_id: str = field(validator=any_text)
    created_at: datetime = field(converter=_created_at)
    sends: int = field(default=1, validator=whole(1, _MOST_SENDS))
    _vendor_data: Hidden[dict[str, str]] = field(
        factory=dict, converter=_vendor_data, repr=False, hash=False
    )

    @property
    def vendor_data(self) -> Mapping[str, str]:
        """What the provider must remember; read-only."""
        return MappingProxyType(self._vendor_data.reveal())

    def to_json(self) -> dict[str, object]:
        """
        The reference as JSON types, identifier in full: for state the server keeps.

        Where it leaves the server, `verify_core.to_token` seals it.
        """
        return {
            "version": 1,
            "provider": self.provider,
            "vendor_id": self.vendor_id,
            "identifier": identifier_to_json(self.identifier),
            "channel": self.channel.value,
            "attempt_id": self.attempt_id,
            "created_at": self.created_at.isoformat(),
            "sends": self.sends,
            "vendor_data": dict(self.vendor_data),
        }

    @classmethod
    @unframed
    def from_json(cls, data: object) -> VerificationRef:
        """
        The reference that `to_json` wrote.

        Raises:
            InvalidSetting: The data is not a reference of a version that we know.
        """
        text = "not a reference of this library; start a new verification"
        unreadable = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
        fault = InvalidSetting("reference", text)
        return read_or(_ref_from_json, data, fault, unreadable)


def _ref_from_json(data: object) -> VerificationRef:
    if not isinstance(data, Mapping) or type(data["version"]) is not int:
        raise TypeError
    if data["version"] != 1:
        raise ValueError
    ref = VerificationRef(
        provider=data["provider"],
        vendor_id=data["vendor_id"],
        identifier=identifier_from_json(data["identifier"]),
        channel=read_member(Channel, "channel", data["channel"]),
        attempt_id=data["attempt_id"],
        created_at=datetime.fromisoformat(data["created_at"]),
        sends=data["sends"],
        vendor_data=data["vendor_data"],
    )
    require_match(ref.channel, ref.identifier.kind)
    return ref


@frozen(kw_only=True)
class AttemptReport:
    """
    What was done with one of several providers on the way to a start.

    Attributes:
        action: `start`, `cancel` (of the verification replaced) or `skip`.
        result: Delivery, cancel outcome, name of the error, or why it was skipped.
    """

    provider: str = field(validator=any_text)
    action: str = field(validator=any_text)
    result: str = field(validator=any_text)


def _confirmed(value: str | Channel | None) -> Channel | None:
    if value is None or type(value) is Channel:
        return value
    return read_member(Channel, "channel", value)


def _delivery(value: str | Delivery) -> Delivery:
    if type(value) is Delivery:
        return value
    return read_member(Delivery, "delivery", value)


def _hint_names(value: Iterable[str]) -> tuple[str, ...]:
    return require_all("ignored_hints", value, str)


def _attempts(value: Iterable[AttemptReport]) -> tuple[AttemptReport, ...]:
    return require_all("attempts", value, AttemptReport)


def _deliveries(value: Iterable[DeliveryAttempt]) -> tuple[DeliveryAttempt, ...]:
    return require_all("deliveries", value, DeliveryAttempt)


@frozen(kw_only=True)
class Started:
    """
    A verification that runs.

    Attributes:
        ref: The handle to check, fetch, cancel and resend with; replaces earlier ones.
        channel: The channel that the vendor confirms, or None where it does not say.
        expires_at: When the code counts no more, or None if unknown; to show only.
        resend_after: How long to wait, from now, to send again, or None if unknown.
        code_length: Characters of the code, or None if unknown.
        ignored_hints: Names of the hints that the provider did not fulfil, and
            `previous` where the reference passed is another provider's or another
            identifier's, so that this is a fresh start.
        attempts: Where one of several providers was chosen: what was done, in order.
    """

    ref: VerificationRef = field(validator=instance_of(VerificationRef))
    channel: Channel | None = field(default=None, converter=_confirmed)
    delivery: Delivery = field(default=Delivery.SENT, converter=_delivery)
    expires_at: datetime | None = field(
        default=None, converter=converters.optional(_expires_at)
    )
    resend_after: timedelta | None = field(
        default=None, validator=instance_or_none(timedelta)
    )
    code_length: int | None = field(default=None, validator=optional_count)
    ignored_hints: tuple[str, ...] = field(default=(), converter=_hint_names)
    attempts: tuple[AttemptReport, ...] = field(default=(), converter=_attempts)


@frozen(kw_only=True)
class CheckResult:
    """
    What a check says.

    Attributes:
        attempts_remaining: Guesses left, or None where the vendor does not say.
        retry_allowed: Whether another guess makes sense.
    """

    verdict: Verdict = field(validator=instance_of(Verdict))
    attempts_remaining: int | None = field(default=None, validator=optional_count)
    retry_allowed: bool = field(default=False, validator=flag)


@frozen(kw_only=True)
class DeliveryAttempt:
    """One message: when, and by which channel (None for one that `Channel` lacks)."""

    at: datetime | None = field(default=None, converter=converters.optional(_at))
    channel: Channel | None = field(default=None, validator=instance_or_none(Channel))
    vendor_id: str = field(default="", validator=any_text)


@frozen(kw_only=True)
class VerificationState:
    """
    Where a verification stands, by the vendor's account.

    Attributes:
        status: `UNKNOWN`, never `APPROVED`, for a word that we do not know.
        reason: The vendor's own word, for logs.
        deliveries: The messages, oldest first.
    """

    status: Status = field(validator=instance_of(Status))
    reason: str | None = field(default=None, validator=optional_text)
    deliveries: tuple[DeliveryAttempt, ...] = field(default=(), converter=_deliveries)
