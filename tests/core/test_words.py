"""Words that stand in JSON, configuration files, logs and state stay as they are."""

from __future__ import annotations

from enum import StrEnum

import pytest

from verify_core.channels import Channel, IdentifierKind
from verify_core.errors import (
    ChannelReason,
    CodeReason,
    IdentifierReason,
    PhoneReason,
    TokenReason,
)
from verify_core.events import Method, Phase
from verify_core.nodes import Outcome
from verify_core.phone import NumberType, Provenance
from verify_core.provider import CancelSupport, Idempotency, LookupKey, Resend
from verify_core.verification import CancelOutcome, Delivery, Status, Verdict

WORDS: dict[type[StrEnum], str] = {
    Channel: "sms call email whatsapp",
    IdentifierKind: "phone email",
    Verdict: "approved wrong_code exhausted expired gone not_checkable",
    Status: "pending approved failed expired canceled blocked unknown",
    Delivery: "sent maybe_sent",
    CancelOutcome: "canceled too_late not_supported gone",
    LookupKey: "none id identifier either",
    CancelSupport: "no window yes",
    Idempotency: "none key refuses_duplicate",
    Resend: "same_code new_code varies",
    Method: "start check fetch cancel",
    Phase: "asked answered failed abandoned",
    Outcome: "True False Error Resend Cancel",
    Provenance: "explicit idd separated bare default_region",
    NumberType: (
        "fixed_line mobile fixed_line_or_mobile toll_free premium_rate shared_cost voip"
        " personal_number pager uan voicemail unknown"
    ),
    PhoneReason: (
        "empty no_digits unexpected_character letters extension several_numbers decimal"
        " too_long missing_country_code unknown_country_code impossible_length"
        " ambiguous not_allowed_calling_code not_allowed_region not_allowed_number_type"
        " not_canonical not_valid"
    ),
    IdentifierReason: "missing invalid_email no_person not_mobile line_unknown",
    ChannelReason: "unknown mismatch",
    CodeReason: "empty not_a_code no_reference",
    TokenReason: "malformed unknown_key not_genuine too_old wrong_purpose",
}


@pytest.mark.parametrize("kind", WORDS, ids=lambda kind: kind.__name__)
def test_words_stay_as_they_are(kind: type[StrEnum]) -> None:
    assert [str(member) for member in kind] == WORDS[kind].split()
