"""Lookup v2 over the wire."""

from __future__ import annotations

from typing import Final

from .. import parameters
from ..bodies import lookup_body
from ..exchange import Response
from ..routing import Call, Route, granted


def _look_up(call: Call) -> Response:
    found = granted(call.store.look_up(call.names[0], call.given.get("CountryCode")))
    fields = call.given.get("Fields", frozenset())
    return call.answer(200, lookup_body(found, fields, call.request.base_url))


ROUTES: Final = (
    Route(
        operation="FetchPhoneNumber",
        method="GET",
        path="/v2/PhoneNumbers/{PhoneNumber}",
        action=_look_up,
        table=parameters.LOOK_UP,
        product="lookups",
    ),
)
