"""
Where the form of each field in an answer comes from.

A field stands in the vendor's document unless a row here says otherwise: `capture`
where published answers of the live service decide, `inferred` where neither says and
the fake had to choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen


@frozen
class Origin:
    """
    Why a field looks as it does.

    Attributes:
        kind: `capture` or `inferred`.
        why: What the live service answered, or what was chosen.
    """

    kind: str
    why: str


_CAPTURES: Final = "captures of 2021 to 2025"
_VERIFICATION: Final = {
    "lookup": Origin("capture", f"`{{carrier: null}}`, not `{{}}`; {_CAPTURES}"),
    "send_code_attempts": Origin(
        "capture", f"lower-case channel, milliseconds; {_CAPTURES}"
    ),
    "sna": Origin("capture", f"absent where not used; {_CAPTURES}"),
    "date_created": Origin(
        "capture", "ISO 8601, whole seconds; the text says RFC 2822"
    ),
    "date_updated": Origin(
        "capture", "ISO 8601, whole seconds; the text says RFC 2822"
    ),
}
_SERVICE: Final = {
    "dtmf_input_required": Origin("capture", "true on a new service, 2026-03-25"),
    "passkeys": Origin("inferred", "null: not served"),
    "totp": Origin("inferred", "the issuer is the friendly name where none is set"),
}
_ATTEMPT: Final = {
    "price": Origin("inferred", "always the document's example"),
    "channel_data": Origin(
        "inferred", "a fake carrier; for calls `call_status`; for e-mail no network"
    ),
    "conversion_status": Origin("inferred", "of several messages the newest converts"),
}
_CHALLENGE: Final = {
    "date_responded": Origin("inferred", "null until it is answered"),
    "details": Origin("inferred", "null where none were given"),
    "responded_reason": Origin("inferred", "always `none`"),
}
_META: Final = {
    "meta": Origin("inferred", "the document shows no page token; its form is ours")
}

ORIGINS: Final[Mapping[str, Mapping[str, Origin]]] = {
    **dict.fromkeys(
        ("CreateVerification", "FetchVerification", "UpdateVerification"), _VERIFICATION
    ),
    "CreateVerificationCheck": {
        "sna_attempts_error_codes": Origin(
            "capture", "absent where not used; captures of 2025"
        ),
        "date_updated": Origin("capture", "the time of the check; captures of 2025"),
    },
    **dict.fromkeys(("CreateService", "FetchService", "UpdateService"), _SERVICE),
    "ListService": {**_SERVICE, **_META},
    "ListVerificationAttempt": {**_ATTEMPT, **_META},
    "FetchVerificationAttempt": _ATTEMPT,
    "FetchVerificationAttemptsSummary": {
        "conversion_rate_percentage": Origin(
            "inferred", "nine decimals, cut; `0` of no attempts"
        ),
    },
    **dict.fromkeys(
        ("CreateChallenge", "FetchChallenge", "UpdateChallenge"), _CHALLENGE
    ),
    "ListChallenge": {**_CHALLENGE, **_META},
    "FetchPhoneNumberV1": {
        "carrier": Origin(
            "inferred", "a fake carrier, null for lines it has no word for"
        ),
        "caller_name": Origin("inferred", "nobody's name; null outside of the US"),
        "add_ons": Origin("inferred", "always null"),
    },
    "CreateNewFactor": {"options": Origin("inferred", "always null")},
    **dict.fromkeys(
        (
            "ListRateLimit",
            "ListBucket",
            "ListMessagingConfiguration",
            "ListVerificationTemplate",
            "ListEntity",
            "ListFactor",
            "ListWebhook",
        ),
        _META,
    ),
}
"""By operation and by field."""
