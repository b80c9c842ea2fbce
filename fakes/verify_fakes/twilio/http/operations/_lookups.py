"""Lookup over the wire: version 2, and version 1, which SDKs call by default."""

from __future__ import annotations

from typing import Final

from ...machine._lookup import LookedUp
from ...machine._reasons import Reason
from .._bodies import lookup_body, lookup_v1_body
from .._exchange import Response
from .._parameters import Parameter, Table, country_code, shaped, text
from .._routing import Route, RoutedRequest, deny, granted


def _found(call: RoutedRequest) -> LookedUp:
    return granted(call.store.look_up(call.names[0], call.given.get("CountryCode")))


def _look_up(call: RoutedRequest) -> Response:
    fields = call.given.get("Fields", frozenset())
    return call.answer(200, lookup_body(_found(call), fields, call.request.base_url))


def _look_up_v1(call: RoutedRequest) -> Response:
    if "AddOns" in call.given:
        raise deny(Reason.NOT_SERVED, "add-ons of Lookup v1")
    found = _found(call)
    if not found.valid:
        raise deny(Reason.NOT_FOUND)  # version 1 has no other word for it
    types = frozenset(call.given.get("Type", ()))
    return call.answer(200, lookup_v1_body(found, types, call.request.base_url))


# The packages of Lookup v2; the ones not served are answered with null.
_FIELDS = frozenset(
    {
        "validation",
        "caller_name",
        "sim_swap",
        "call_forwarding",
        "line_status",
        "line_type_intelligence",
        "identity_match",
        "reassigned_number",
        "sms_pumping_risk",
        "phone_number_quality_score",
        "pre_fill",
    }
)


def fields(value: str) -> frozenset[str]:
    """Names of Lookup packages, separated by commas."""
    names = frozenset(name.strip() for name in value.split(","))
    if not names <= _FIELDS:
        raise ValueError
    return names


LOOK_UP: Final[Table] = {
    "Fields": Parameter(reads=fields),
    "CountryCode": Parameter(reads=country_code),
}

#: How often a list may name a thing; nothing is gained by naming it twice.
_OFTEN = 10

# Twilio, API description of Lookup v1, 1.43.0.
LOOK_UP_V1: Final[Table] = {
    "CountryCode": Parameter(reads=country_code),
    "Type": Parameter(reads=shaped("carrier|caller-name"), repeats=_OFTEN),
    "AddOns": Parameter(reads=text(), repeats=_OFTEN),
}

ROUTES: Final = (
    Route(
        operation="FetchPhoneNumber",
        method="GET",
        path="/v2/PhoneNumbers/{PhoneNumber}",
        action=_look_up,
        table=LOOK_UP,
        product="lookups",
    ),
    # `FetchPhoneNumber` in its own document, too.
    Route(
        operation="FetchPhoneNumberV1",
        method="GET",
        path="/v1/PhoneNumbers/{PhoneNumber}",
        action=_look_up_v1,
        table=LOOK_UP_V1,
        product="lookups",
    ),
)
