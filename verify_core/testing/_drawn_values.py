"""What `st.from_type` draws besides numbers and addresses; see `_hypothesis`."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

import phonenumbers
from hypothesis import strategies as st

from verify_core.channels import Channel
from verify_core.identifiers import Identifier
from verify_core.phone import NumberType, PhonePolicy
from verify_core.verification import (
    Delivery,
    Started,
    StartHints,
    StartRequest,
    VerificationRef,
)

from .strategies import codes, email_addresses, phone_numbers


def policies() -> st.SearchStrategy[PhonePolicy]:
    """Policies of every kind; many allow nothing."""
    regions = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
    codes = st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
    return st.builds(
        PhonePolicy,
        default_region=st.none() | st.sampled_from(["US", "CN", "DE"]) | regions,
        denied_types=st.frozensets(st.sampled_from(NumberType)),
        allowed_calling_codes=st.none() | st.frozensets(codes),
        allowed_regions=st.none() | st.frozensets(regions),
        require_valid=st.booleans(),
        allow_non_geographic=st.booleans(),
        strict=st.booleans(),
    )


def start_requests() -> st.SearchStrategy[StartRequest]:
    """Requests whose channel takes their identifier."""
    return _identifiers().flatmap(
        lambda identifier: st.builds(
            StartRequest,
            identifier=st.just(identifier),
            channel=_channels(identifier),
            attempt_id=st.none() | _names(),
            locale=st.sampled_from([None, "en", "de", "pt-BR", "zh-Hant"]),
            custom_code=st.none() | codes(),
            client_address=st.none() | st.ip_addresses().map(str),
            hints=st.builds(
                StartHints,
                time_to_live=st.none() | _seconds(),
                code_length=st.none() | st.integers(4, 10),
            ),
        )
    )


def references() -> st.SearchStrategy[VerificationRef]:
    """References of a provider `example`, which nothing answers to."""
    return _identifiers().flatmap(
        lambda identifier: st.builds(
            VerificationRef,
            provider=st.just("example"),
            vendor_id=st.just("") | _names(),
            identifier=st.just(identifier),
            channel=_channels(identifier),
            attempt_id=_names(),
            created_at=_instants(),
            sends=st.integers(1, 9),
            vendor_data=st.dictionaries(_names(), _names(), max_size=2),
        )
    )


def starts() -> st.SearchStrategy[Started]:
    """Answers to a start, sent or maybe sent."""
    return references().flatmap(
        lambda ref: st.builds(
            Started,
            ref=st.just(ref),
            channel=st.sampled_from([None, ref.channel]),
            delivery=st.sampled_from(Delivery),
            expires_at=st.none() | _instants(),
            resend_after=st.none() | _seconds(),
            code_length=st.none() | st.integers(4, 10),
        )
    )


def _identifiers() -> st.SearchStrategy[Identifier]:
    return st.one_of(phone_numbers(), email_addresses())


def _channels(identifier: Identifier) -> st.SearchStrategy[Channel]:
    return st.sampled_from([each for each in Channel if each.takes is identifier.kind])


def _names() -> st.SearchStrategy[str]:
    return st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)


def _instants() -> st.SearchStrategy[datetime]:
    since, until = datetime(2020, 1, 1), datetime(2040, 1, 1)  # noqa: DTZ001
    return st.datetimes(since, until, timezones=st.just(UTC))


def _seconds() -> st.SearchStrategy[timedelta]:
    return st.integers(1, 3600).map(lambda count: timedelta(seconds=count))
