"""Lookup over the wire: version 2, and version 1, which SDKs call by default."""

from __future__ import annotations

from collections.abc import Callable

from ....kit._http import Json
from ...machine._errors import Reason
from ...machine._lookup import LookedUp
from .._exchange import Response
from .._parameters import Parameter, Table, checked, country_code, shaped, text
from .._routing import Route, RoutedRequest, deny, granted

CARRIER = "Fake Carrier"


def network_of(line_type: str | None) -> tuple[str | None, str | None]:
    """
    Country and network code of a mobile line: those of a test network.

    Source: ITU-T E.212 (MCC 001, MNC 01).
    """
    return ("001", "01") if line_type == "mobile" else (None, None)


def _line_type_intelligence(found: LookedUp) -> Json:
    country, network = network_of(found.line_type)
    return {
        "mobile_country_code": country,
        "mobile_network_code": network,
        "carrier_name": CARRIER,
        "type": found.line_type,
        "error_code": None,
    }


def _line_status(found: LookedUp) -> Json:
    status = "active" if found.reachable else "unreachable"
    return {"status": status, "error_code": None}


def _sms_pumping_risk(found: LookedUp) -> Json:
    # Numbers that a test has blocked; all others are free of any risk.
    return {
        "carrier_risk_category": "high" if found.blocked else "low",
        "number_blocked": found.blocked,
        "number_blocked_date": None,
        "number_blocked_last_3_months": found.blocked,
        "sms_pumping_risk_score": 100 if found.blocked else 0,
        "error_code": None,
    }


#: The packages of Lookup v2 in the document's order; those without a function are not
#: served, and null.
_PACKAGES: dict[str, Callable[[LookedUp], Json] | None] = {
    "caller_name": None,
    "sim_swap": None,
    "call_forwarding": None,
    "line_status": _line_status,
    "line_type_intelligence": _line_type_intelligence,
    "identity_match": None,
    "reassigned_number": None,
    "sms_pumping_risk": _sms_pumping_risk,
    "phone_number_quality_score": None,
    "pre_fill": None,
}


def _found(call: RoutedRequest) -> LookedUp:
    return granted(call.store.look_up(call.names[0], call.given.get("CountryCode")))


def _look_up(call: RoutedRequest) -> Response:
    found = _found(call)
    asked = call.given.get("Fields", frozenset()) if found.valid else frozenset()
    body = {
        "calling_country_code": found.calling_code,
        "country_code": found.country,
        "phone_number": found.number,
        "national_format": found.national_format,
        "valid": found.valid,
        "validation_errors": list(found.errors) or None,
        **{
            name: package(found) if package and name in asked else None
            for name, package in _PACKAGES.items()
        },
        "url": call.url(f"/v2/PhoneNumbers/{found.number}"),
    }
    return call.answer(200, body)


# Whose number it is, is not known: the form of a name that is not available.
_NO_CALLER: Json = dict.fromkeys(("caller_name", "caller_type", "error_code"))
# Version 1 has three kinds of line.
_V1_LINES = {
    "landline": "landline",
    "mobile": "mobile",
    "fixedVoip": "voip",
    "nonFixedVoip": "voip",
}


def _look_up_v1(call: RoutedRequest) -> Response:
    if "AddOns" in call.given:
        raise deny(Reason.NOT_SERVED, "add-ons of Lookup v1")
    found = _found(call)
    if not found.valid:
        raise deny(Reason.NOT_FOUND)  # version 1 has no other word for it
    types = call.given.get("Type", ())
    named = "caller-name" in types and found.country == "US"  # of no other country
    body = {
        "caller_name": _NO_CALLER if named else None,
        "country_code": found.country,
        "phone_number": found.number,
        "national_format": found.national_format,
        "carrier": _carrier_v1(found) if "carrier" in types else None,
        "add_ons": None,
        "url": call.url(f"/v1/PhoneNumbers/{found.number}"),
    }
    return call.answer(200, body)


def _carrier_v1(found: LookedUp) -> Json:
    country, network = network_of(found.line_type)
    return {
        "mobile_country_code": country,
        "mobile_network_code": network,
        "name": CARRIER,
        "type": _V1_LINES.get(found.line_type or ""),
        "error_code": None,
    }


def fields(value: str) -> frozenset[str]:
    """Names of Lookup packages, separated by commas."""
    names = frozenset(name.strip() for name in value.split(","))
    return checked(names, names <= {"validation", *_PACKAGES})


_LOOK_UP: Table = {
    "Fields": Parameter(fields),
    "CountryCode": Parameter(country_code),
}
#: How often a list may name a thing; nothing is gained by naming it twice.
_OFTEN = 10
# Twilio, API description of Lookup v1, 1.43.0.
_LOOK_UP_V1: Table = {
    "CountryCode": Parameter(country_code),
    "Type": Parameter(shaped("carrier|caller-name"), repeats=_OFTEN),
    "AddOns": Parameter(text(), repeats=_OFTEN),
}

ROUTES = tuple(
    Route(
        operation,
        "GET",
        f"/{version}/PhoneNumbers/{{PhoneNumber}}",
        action,
        table,
        product="lookups",
    )
    for operation, version, action, table in (
        ("FetchPhoneNumber", "v2", _look_up, _LOOK_UP),
        # `FetchPhoneNumber` in its own document, too.
        ("FetchPhoneNumberV1", "v1", _look_up_v1, _LOOK_UP_V1),
    )
)
