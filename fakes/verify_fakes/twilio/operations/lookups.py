"""Lookup v2 over the wire."""

from __future__ import annotations

from typing import Final

from ..bodies import lookup_body
from ..exchange import Response
from ..parameters import Parameter, Table, country_code
from ..routing import Call, Route, granted


def _look_up(call: Call) -> Response:
    found = granted(call.store.look_up(call.names[0], call.given.get("CountryCode")))
    fields = call.given.get("Fields", frozenset())
    return call.answer(200, lookup_body(found, fields, call.request.base_url))


# The packages of Lookup v2; the ones not served are answered with null.
_FIELDS: Final = frozenset(
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

ROUTES: Final = (
    Route(
        operation="FetchPhoneNumber",
        method="GET",
        path="/v2/PhoneNumbers/{PhoneNumber}",
        action=_look_up,
        table=LOOK_UP,
        product="lookups",
    ),
)
