"""Send attempts, one by one and summed up, over the wire."""

from __future__ import annotations

from collections.abc import Callable

from ....kit._http import Json, seconds
from ...machine._errors import Reason
from ...machine._lookup import line_type
from ...machine._numbers import country_of
from ...machine._state import TwilioChannel
from ...resources._attempts import Attempt, AttemptsSummary
from .._collections import PAGE, Collection
from .._exchange import Response
from .._parameters import Parameter, Table, country_code, instant, shaped, sid, text
from .._routing import Route, RoutedRequest, deny
from ._lookups import CARRIER, network_of

# The document's example; what a message really costs depends on country and contract.
_PRICE = {"value": "0.005", "currency": "usd"}
#: Twilio's number for a message that did not arrive: "Unknown destination handset".
_UNREACHABLE = "30005"
_MESSAGES = frozenset({TwilioChannel.SMS, TwilioChannel.WHATSAPP})


def _country_of(to: str) -> str | None:
    return None if "@" in to else country_of(to)


def _body(call: RoutedRequest, attempt: Attempt) -> Json:
    sent = attempt.verification
    return {
        "sid": attempt.sid,
        "account_sid": sent.account_sid,
        "service_sid": sent.service_sid,
        "verification_sid": sent.sid,
        "date_created": seconds(attempt.at),
        "date_updated": seconds(attempt.converted_at or attempt.at),
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
    country, network = network_of(
        line_type(attempt.to, call.store.trait_of(attempt.to))
    )
    data |= {
        "country": _country_of(attempt.to),
        "mcc": country,
        "mnc": network,
        "carrier": CARRIER,
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


def _filter(call: RoutedRequest) -> Callable[[Attempt], bool]:
    given, account_sid = call.given, call.account_sid
    after, before = given.get("DateCreatedAfter"), given.get("DateCreatedBefore")
    prefix, country = given.get("DestinationPrefix", ""), given.get("Country")

    def matches(attempt: Attempt) -> bool:
        sent = attempt.verification
        has = {
            "VerifyServiceSid": sent.service_sid,
            "VerificationSid": sent.sid,
            "ChannelData.To": sent.to,
            "Channel": attempt.channel,
            "Status": attempt.converted,
        }
        return (
            account_sid in (None, sent.account_sid)
            and all(given.get(name, value) == value for name, value in has.items())
            and (after is None or attempt.at > after)
            and (before is None or attempt.at < before)
            and attempt.to.startswith(prefix)
            # The slowest question comes last.
            and (country is None or country == _country_of(attempt.to))
        )

    return matches


def _summarise(call: RoutedRequest) -> Response:
    attempts = call.store.records.attempts
    summary = AttemptsSummary.of(filter(_filter(call), attempts))
    body = {
        "total_attempts": summary.total,
        "total_converted": summary.converted,
        "total_unconverted": summary.total - summary.converted,
        "conversion_rate_percentage": summary.rate,
        "url": call.url("/v2/Attempts/Summary"),
    }
    return call.answer(200, body)


def _converted(value: str) -> bool:
    return bool(shaped("converted|unconverted")(value.lower()) == "converted")


_SUMMARISE: Table = {
    "VerifyServiceSid": Parameter(sid("VA")),
    "DateCreatedAfter": Parameter(instant),
    "DateCreatedBefore": Parameter(instant),
    "Country": Parameter(country_code),
    "Channel": Parameter(shaped("sms|call|email|whatsapp|rbm")),
    "DestinationPrefix": Parameter(shaped(r"\+?[0-9]{1,15}")),
}
_LIST: Table = {
    **{name: row for name, row in _SUMMARISE.items() if name != "DestinationPrefix"},
    "ChannelData.To": Parameter(text(1, 254)),
    "VerificationSid": Parameter(sid("VE")),
    "Status": Parameter(_converted),
    **PAGE,
}


class _Attempts(Collection[Attempt]):
    def find(self, call: RoutedRequest) -> Attempt:
        """Another account's attempts look like none."""
        attempt = super().find(call)
        if not call.sees(attempt.verification.account_sid):
            raise deny(Reason.NOT_FOUND)
        return attempt


_ATTEMPTS = _Attempts(
    name="VerificationAttempt",
    items="attempts",
    path="/v2/Attempts",
    shelf=lambda call: call.store.records.attempts,
    shows=_body,
    matches=_filter,
    backwards=lambda _: True,
)
ROUTES = (
    _ATTEMPTS.lists(_LIST),
    Route(
        "FetchVerificationAttemptsSummary",
        "GET",
        "/v2/Attempts/Summary",
        _summarise,
        _SUMMARISE,
    ),
    _ATTEMPTS.fetches(),
)
