"""
What the fake in memory pretends that its vendor can do.

To change vendors, develop against what the next one offers: take one of the presets, or
`attrs.evolve` one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from attrs import evolve, field, frozen

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_core.provider import (
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
)


@frozen(kw_only=True)
class VendorProfile:
    """
    One vendor's abilities.

    Attributes:
        name: What a URL calls it: `fake://?profile=check-by-id`.
        capabilities: What the provider declares, and keeps to.
        tells_ends_apart: Whether a check says that a verification expired or ran out of
            guesses, instead of that it is gone.
        cancel_opens: How long after a start it can be canceled first, where the
            capabilities say `CancelSupport.WINDOW`.
    """

    name: str
    capabilities: Capabilities = field(repr=False)
    tells_ends_apart: bool = False
    cancel_opens: timedelta = timedelta(0)


_TWILIO = Capabilities(
    channels=frozenset(Channel),
    check_key=LookupKey.EITHER,
    fetch=LookupKey.EITHER,
    cancel=CancelSupport.YES,
    custom_code=True,
    idempotency=Idempotency.NONE,
    resend=Resend.SAME_CODE,
    attempts_reported=False,
    hints=frozenset({"locale", "client_address"}),
)

TWILIO_LIKE = VendorProfile(name="twilio-like", capabilities=_TWILIO)
"""The default: what Twilio Verify does."""

CHECK_BY_ID = VendorProfile(
    name="check-by-id",
    capabilities=evolve(_TWILIO, check_key=LookupKey.ID, fetch=LookupKey.NONE),
)
"""A lost answer cannot be recovered, nor its code checked; as with Vonage."""

CHECK_BY_IDENTIFIER = VendorProfile(
    name="check-by-identifier",
    capabilities=evolve(_TWILIO, check_key=LookupKey.IDENTIFIER, fetch=LookupKey.NONE),
)
"""The vendor's id is for its support only; as with Prelude."""

NO_FETCH = VendorProfile(
    name="no-fetch", capabilities=evolve(_TWILIO, fetch=LookupKey.NONE)
)
"""A verification's state cannot be asked for."""

NO_CANCEL = VendorProfile(
    name="no-cancel", capabilities=evolve(_TWILIO, cancel=CancelSupport.NO)
)
"""A verification runs until it ends by itself; as with most vendors."""

CANCEL_WINDOW = VendorProfile(
    name="cancel-window",
    capabilities=evolve(_TWILIO, cancel=CancelSupport.WINDOW),
    cancel_opens=timedelta(seconds=30),
)
"""Cancel works from 30 seconds after the start on; as with Vonage."""

NEW_CODE = VendorProfile(
    name="new-code", capabilities=evolve(_TWILIO, resend=Resend.NEW_CODE)
)
"""A second message ends the first one's code; as with Sinch, Stytch, MessageBird."""

ONE_AT_A_TIME = VendorProfile(
    name="one-at-a-time",
    capabilities=evolve(_TWILIO, idempotency=Idempotency.REFUSES_DUPLICATE),
)
"""A second start for the same identifier is refused; as with Vonage."""

TELLS_ENDS_APART = VendorProfile(
    name="tells-ends-apart",
    capabilities=evolve(_TWILIO, attempts_reported=True),
    tells_ends_apart=True,
)
"""Expired, exhausted and gone differ, guesses left are counted; as with Infobip."""

LEAST = VendorProfile(
    name="least",
    capabilities=Capabilities(
        channels=frozenset({Channel.SMS}),
        check_key=LookupKey.ID,
        resend=Resend.NEW_CODE,
        idempotency=Idempotency.REFUSES_DUPLICATE,
    ),
)
"""The least that any vendor offers: what works here works everywhere."""

PROFILES: Mapping[str, VendorProfile] = {
    profile.name: profile
    for profile in (
        TWILIO_LIKE,
        CHECK_BY_ID,
        CHECK_BY_IDENTIFIER,
        NO_FETCH,
        NO_CANCEL,
        CANCEL_WINDOW,
        NEW_CODE,
        ONE_AT_A_TIME,
        TELLS_ENDS_APART,
        LEAST,
    )
}
"""The presets, by name."""


def profile_named(name: str) -> VendorProfile:
    """
    A preset by its name.

    Raises:
        InvalidSetting: The name is unknown; the message lists those that exist.
    """
    if name not in PROFILES:
        known = ", ".join(PROFILES)
        raise InvalidSetting("profile", f"unknown; choose one of {known}")
    return PROFILES[name]
