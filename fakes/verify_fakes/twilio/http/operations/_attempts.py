"""Send attempts, one by one and summed up, over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ....kit._http import seconds
from ...machine._lookup import line_type
from ...machine._numbers import country_of
from ...machine._reasons import Reason
from ...machine._state import TwilioChannel
from ...resources._attempts import Attempt, AttemptFilter, AttemptsSummary
from .._bodies import NETWORK
from .._exchange import Response
from .._paging import PAGE, listed
from .._parameters import Parameter, Table, country_code, instant, shaped, sid, text
from .._routing import Route, RoutedRequest, deny, found

if TYPE_CHECKING:
    from ....kit._http import Json

# The document's example; what a message really costs depends on country and contract.
_PRICE = {"value": "0.005", "currency": "usd"}
#: Twilio's number for a message that did not arrive: "Unknown destination handset".
_UNREACHABLE = "30005"
_MESSAGES = frozenset({TwilioChannel.SMS, TwilioChannel.WHATSAPP})


def _country_of(to: str) -> str | None:
    return None if "@" in to else country_of(to)


def _body(call: RoutedRequest, attempt: Attempt) -> Json:
    changed = attempt.converted_at or attempt.at
    sent = attempt.verification
    return {
        "sid": attempt.sid,
        "account_sid": sent.account_sid,
        "service_sid": sent.service_sid,
        "verification_sid": sent.sid,
        "date_created": seconds(attempt.at),
        "date_updated": seconds(changed),
        "conversion_status": "converted" if attempt.converted else "unconverted",
        "channel": attempt.channel,
        "price": _PRICE,
        "channel_data": _channel_data(call, attempt),
        "url": call.url(f"/v2/Attempts/{attempt.sid}"),
    }


def _channel_data(call: RoutedRequest, attempt: Attempt) -> Json:
    data: Json = {
        "verification_sid": attempt.verification.sid,
        "to": attempt.to,
        "status": _status(call, attempt),
        "code_length": len(attempt.verification.code),
        "locale": attempt.locale,
    }
    if attempt.channel is TwilioChannel.EMAIL:
        return data
    mobile = line_type(attempt.to, call.store.trait_of(attempt.to)) == "mobile"
    country, network = NETWORK if mobile else (None, None)
    data |= {
        "country": _country_of(attempt.to),
        "mcc": country,
        "mnc": network,
        "carrier": "Fake Carrier",
    }
    if attempt.channel in _MESSAGES:
        data["message_status"] = "delivered" if attempt.arrived else "undelivered"
        data["error_code"] = None if attempt.arrived else _UNREACHABLE
    else:
        data["call_status"] = "completed" if attempt.arrived else "no-answer"
    return data


def _status(call: RoutedRequest, attempt: Attempt) -> str:
    if attempt.converted:
        return "confirmed"
    age = call.store.now() - attempt.verification.created_at
    return "expired" if age >= call.store.limits.time_to_live else "unconfirmed"


_CONVERTED = {"converted": True, "unconverted": False}


def _filter(call: RoutedRequest) -> AttemptFilter:
    given = call.given
    return AttemptFilter(
        account_sid=call.account_sid,
        service_sid=given.get("VerifyServiceSid"),
        verification_sid=given.get("VerificationSid"),
        to=given.get("ChannelData.To"),
        prefix=given.get("DestinationPrefix"),
        channel=given.get("Channel"),
        country=given.get("Country"),
        converted=_CONVERTED.get(given.get("Status", "")),
        after=given.get("DateCreatedAfter"),
        before=given.get("DateCreatedBefore"),
        country_of=_country_of,
    )


def _list(call: RoutedRequest) -> Response:
    return listed(
        call,
        "attempts",
        call.store.records.attempts.shelf,
        lambda attempt: _body(call, attempt),
        matches=_filter(call),
        newest_first=True,
    )


def _fetch(call: RoutedRequest) -> Response:
    attempt = found(call.store.records.attempts.shelf.get(call.names[0]))
    if not call.sees(attempt.verification.account_sid):
        raise deny(Reason.NOT_FOUND)
    return call.answer(200, _body(call, attempt))


def _summarise(call: RoutedRequest) -> Response:
    summary = AttemptsSummary.of(
        filter(_filter(call), call.store.records.attempts.shelf)
    )
    body: dict[str, Any] = {
        "total_attempts": summary.total,
        "total_converted": summary.converted,
        "total_unconverted": summary.total - summary.converted,
        "conversion_rate_percentage": summary.rate,
        "url": call.url("/v2/Attempts/Summary"),
    }
    return call.answer(200, body)


def _converted(value: str) -> str:
    return str(shaped("converted|unconverted")(value.lower()))


SUMMARISE: Final[Table] = {
    "VerifyServiceSid": Parameter(reads=sid("VA")),
    "DateCreatedAfter": Parameter(reads=instant),
    "DateCreatedBefore": Parameter(reads=instant),
    "Country": Parameter(reads=country_code),
    "Channel": Parameter(reads=shaped("sms|call|email|whatsapp|rbm")),
    "DestinationPrefix": Parameter(reads=shaped(r"\+?[0-9]{1,15}")),
}
LIST: Final[Table] = {
    **{name: row for name, row in SUMMARISE.items() if name != "DestinationPrefix"},
    "ChannelData.To": Parameter(reads=text(1, 254)),
    "VerificationSid": Parameter(reads=sid("VE")),
    "Status": Parameter(reads=_converted),
    **PAGE,
}

_ALL = "/v2/Attempts"

ROUTES: Final = (
    Route(
        operation="ListVerificationAttempt",
        method="GET",
        path=_ALL,
        action=_list,
        table=LIST,
    ),
    Route(
        operation="FetchVerificationAttemptsSummary",
        method="GET",
        path=f"{_ALL}/Summary",
        action=_summarise,
        table=SUMMARISE,
    ),
    Route(
        operation="FetchVerificationAttempt",
        method="GET",
        path=f"{_ALL}/{{Sid}}",
        action=_fetch,
    ),
)
