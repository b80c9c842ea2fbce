"""Challenges of TOTP factors over the wire."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from ....kit._http import seconds
from ...machine._reasons import Reason
from ...resources._factors import (
    Challenge,
    ChallengeStatus,
    Entity,
    Factor,
    challenged,
    respond,
    timed,
)
from .._exchange import Response
from .._paging import PAGE, listed
from .._parameters import (
    Parameter,
    Table,
    instant,
    json_map,
    shaped,
    sid,
    string_map,
    text,
)
from .._routing import Route, RoutedRequest, deny, found
from ._entities import entity_of, entity_url, tell_webhooks

if TYPE_CHECKING:
    from ....kit._http import Json

_LIFE = timedelta(minutes=5)
_LONGEST_LIFE = timedelta(minutes=60)


def _body(call: RoutedRequest, entity: Entity, challenge: Challenge) -> Json:
    url = f"{entity_url(call, entity)}/Challenges/{challenge.sid}"
    responded = challenge.responded_at
    return {
        "sid": challenge.sid,
        "account_sid": call.service().account_sid,
        "service_sid": call.names[0],
        "entity_sid": entity.sid,
        "identity": entity.identity,
        "factor_sid": challenge.factor_sid,
        "date_created": seconds(challenge.created_at),
        "date_updated": seconds(challenge.updated_at),
        "date_responded": None if responded is None else seconds(responded),
        "expiration_date": seconds(challenge.expires_at),
        "status": timed(challenge, call.store.now()).status,
        "responded_reason": "none",
        "details": challenge.details,
        "hidden_details": challenge.hidden_details,
        "metadata": challenge.metadata,
        "factor_type": "totp",
        "url": url,
        "links": {"notifications": f"{url}/Notifications"},
    }


def _create(call: RoutedRequest) -> Response:
    entity, given, now = entity_of(call), call.given, call.store.now()
    factor = found(entity.factors.get(given["FactorSid"]))
    expires_at = given.get("ExpirationDate", now + _LIFE)
    if not now < expires_at <= now + _LONGEST_LIFE:
        raise deny(Reason.INVALID_PARAMETER, "ExpirationDate")
    limited = call.store.limits.factors
    factor, reason = challenged(factor, now, limited=limited)
    if reason is not None:
        raise deny(reason)
    entity.factors.replace(factor.sid, factor)
    challenge = Challenge(
        sid=call.store.random_source.sid("YC"),
        factor_sid=factor.sid,
        details=_details(call, now),
        hidden_details=given.get("HiddenDetails"),
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )
    if "AuthPayload" in given:
        # The first code is never one too many.
        challenge, _ = respond(challenge, given["AuthPayload"], factor, now)
    entity.challenges.add(challenge.sid, challenge)
    _tell(call, entity, factor, challenge)
    return call.answer(201, _body(call, entity, challenge))


def _details(call: RoutedRequest, now: datetime) -> Json | None:
    given = call.given
    if "Details.Message" not in given and "Details.Fields" not in given:
        return None
    date: Json = {"date": seconds(now)}
    dated = call.service().options.get("Push.IncludeDate")
    return {
        "message": given.get("Details.Message"),
        **(date if dated else {}),
        "fields": list(given.get("Details.Fields", ())),
    }


def _tell(
    call: RoutedRequest, entity: Entity, factor: Factor, challenge: Challenge
) -> None:
    if challenge.status is ChallengeStatus.APPROVED:
        more = {
            "challenge_sid": challenge.sid,
            "challenge_details": json.dumps(challenge.details),
            "challenge_hidden_details": json.dumps(challenge.hidden_details),
        }
        tell_webhooks(call, "challenge.approved", entity, factor, **more)


def _list(call: RoutedRequest) -> Response:
    entity, given, now = entity_of(call), call.given, call.store.now()
    factor_sid, status = given.get("FactorSid"), given.get("Status")

    def matches(challenge: Challenge) -> bool:
        return factor_sid in (None, challenge.factor_sid) and status in (
            None,
            timed(challenge, now).status,
        )

    return listed(
        call,
        "challenges",
        entity.challenges,
        lambda challenge: _body(call, entity, challenge),
        matches=matches,
        newest_first=given.get("Order") == "desc",
    )


def _challenge(call: RoutedRequest, entity: Entity) -> Challenge:
    challenge = found(entity.challenges.get(call.names[2]))
    return timed(challenge, call.store.now())


def _fetch(call: RoutedRequest) -> Response:
    entity = entity_of(call)
    return call.answer(200, _body(call, entity, _challenge(call, entity)))


def _update(call: RoutedRequest) -> Response:
    entity, now = entity_of(call), call.store.now()
    challenge = _challenge(call, entity)
    factor = found(entity.factors.get(challenge.factor_sid))
    given = call.given
    # The document calls both optional, and does not describe an update of nothing.
    if "AuthPayload" not in given and "Metadata" not in given:
        raise deny(Reason.INVALID_PARAMETER, "AuthPayload")
    after, reason = respond(
        challenge,
        given.get("AuthPayload"),
        factor,
        now,
        metadata=given.get("Metadata"),
        limited=call.store.limits.factors,
    )
    if reason is not None:
        raise deny(reason)
    entity.challenges.replace(after.sid, after)
    _tell(call, entity, factor, after)
    return call.answer(200, _body(call, entity, after))


def detail_field(value: str) -> dict[str, Any]:
    """A label and its value, as a JSON object."""
    loaded = json_map(value)
    label, shown = loaded.get("label"), loaded.get("value")
    if not (isinstance(label, str) and isinstance(shown, str)):
        raise ValueError  # noqa: TRY004  a reader's one error
    if len(label) > _LABEL or len(shown) > _VALUE:
        raise ValueError
    return {"label": label, "value": shown}


_LABEL = 36
_VALUE = 128
_PAYLOAD = Parameter(reads=text(3, 8))

CREATE: Final[Table] = {
    "FactorSid": Parameter(reads=sid("YF"), required=True),
    "ExpirationDate": Parameter(reads=instant),
    "Details.Message": Parameter(reads=text(1, 256)),
    "Details.Fields": Parameter(reads=detail_field, repeats=20),
    "HiddenDetails": Parameter(reads=string_map),
    "AuthPayload": _PAYLOAD,
}
UPDATE: Final[Table] = {
    "AuthPayload": _PAYLOAD,
    "Metadata": Parameter(reads=string_map),
}
LIST: Final[Table] = {
    "FactorSid": Parameter(reads=sid("YF")),
    "Status": Parameter(reads=ChallengeStatus),
    "Order": Parameter(reads=shaped("asc|desc")),
    **PAGE,
}

_ALL = "/v2/Services/{ServiceSid}/Entities/{Identity}/Challenges"
_ONE = f"{_ALL}/{{Sid}}"

ROUTES: Final = (
    Route(
        operation="CreateChallenge",
        method="POST",
        path=_ALL,
        action=_create,
        table=CREATE,
    ),
    Route(operation="ListChallenge", method="GET", path=_ALL, action=_list, table=LIST),
    Route(operation="FetchChallenge", method="GET", path=_ONE, action=_fetch),
    Route(
        operation="UpdateChallenge",
        method="POST",
        path=_ONE,
        action=_update,
        table=UPDATE,
    ),
)
