"""Entities, their TOTP factors and the factors' challenges over the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from attrs import evolve

from ....kit._bounded import Shelf
from ....kit._http import Json, seconds
from ...machine._errors import Reason
from ...resources._factors import (
    Challenge,
    ChallengeStatus,
    Entity,
    Factor,
    challenged,
    respond,
    timed,
    verify_factor,
)
from ...resources._totp import ALGORITHMS, TotpConfig, provisioning_uri, read_secret
from .._collections import PAGE, OwnedCollection, renamed, stamps, stored
from .._parameters import (
    Parameter,
    Table,
    checked,
    instant,
    json_map,
    shaped,
    sid,
    string_map,
    text,
    whole,
)
from .._routing import RoutedRequest, allowed, deny, found

_IDENTITY = re.compile(r"[A-Za-z0-9\-]{8,64}")


def _entities(call: RoutedRequest) -> Shelf[Entity]:
    return call.store.resources_of(call.service()).entities


def _entity(call: RoutedRequest) -> Entity:
    """The entity in the path, its second variable part."""
    return found(_entities(call).get(call.names[1]))


def _tell_webhooks(call: RoutedRequest, kind: str, factor: Factor, **more: str) -> None:
    service = call.service()
    about = {
        "entity_identity": call.names[1],
        "factor_sid": factor.sid,
        "factor_type": "totp",
        "factor_friendly_name": factor.friendly_name,
        **more,
    }
    call.store.records.call_webhooks(
        service, call.store.resources_of(service), kind, about, at=call.store.now()
    )


def _entity_shown(_call: RoutedRequest, entity: Entity) -> Json:
    return {"sid": entity.sid, "identity": entity.identity}


def _new_entity(call: RoutedRequest, identity: str) -> Entity:
    entity = Entity(sid=call.sid("YE"), identity=identity, **stamps(call))
    return stored(_entities(call), identity, entity)


def _create_entity(call: RoutedRequest) -> Entity:
    identity = call.given["Identity"]
    if identity in _entities(call):
        raise deny(Reason.ENTITY_EXISTS)
    return _new_entity(call, identity)


def _forget_factors(call: RoutedRequest, entity: Entity) -> None:
    for factor in entity.factors:
        _tell_webhooks(call, "factor.deleted", factor)


_CONFIG = {
    "Config.Alg": "alg",
    "Config.Skew": "skew",
    "Config.CodeLength": "code_length",
    "Config.TimeStep": "time_step_s",
}
_SERVICE_CONFIG = {
    "Totp.Skew": "skew",
    "Totp.CodeLength": "code_length",
    "Totp.TimeStep": "time_step_s",
}


def _factor_shown(call: RoutedRequest, factor: Factor) -> Json:
    config = factor.config
    return {
        "entity_sid": _entity(call).sid,
        "identity": call.names[1],
        "friendly_name": factor.friendly_name,
        "status": "verified" if factor.verified else "unverified",
        "factor_type": "totp",
        "config": {
            "alg": config.alg,
            "skew": config.skew,
            "code_length": config.code_length,
            "time_step": config.time_step_s,
        },
        "metadata": factor.metadata,
    }


def _new_factor_shown(call: RoutedRequest, factor: Factor) -> Json:
    """A new factor with its secret, which later answers do not show."""
    service = call.service()
    issuer = str(service.options.get("Totp.Issuer", service.switches.friendly_name))
    uri = provisioning_uri(
        factor.secret, factor.config, issuer=issuer, account=factor.friendly_name
    )
    binding = {"secret": factor.secret, "uri": uri}
    return {**_factor_shown(call, factor), "binding": binding, "options": None}


def _create_factor(call: RoutedRequest) -> Factor:
    given, identity = call.given, call.names[1]
    if given["FactorType"] != "totp":
        raise deny(Reason.NOT_SERVED, f"{given['FactorType']} factors")
    options = call.service().options
    # The SDK creates factors under an identity; a new one becomes an entity then.
    entity = _entities(call).get(identity)
    if entity is None:
        if not _IDENTITY.fullmatch(identity):
            raise deny(Reason.INVALID_PARAMETER, "Identity")
        entity = _new_entity(call, identity)
    config = {**renamed(options, _SERVICE_CONFIG), **renamed(given, _CONFIG)}
    factor = Factor(
        sid=call.sid("YF"),
        friendly_name=given["FriendlyName"],
        secret=given.get("Binding.Secret") or call.store.random_source.secret(),
        config=TotpConfig(**config),
        metadata=given.get("Metadata"),
        **stamps(call),
    )
    limited = call.store.limits.factors
    allowed(entity.enrol(factor, call.store.now(), limited=limited))
    _tell_webhooks(call, "factor.created", factor)
    return factor


def _update_factor(call: RoutedRequest, before: Factor) -> Factor:
    given, now = call.given, call.store.now()
    factor = before
    if "AuthPayload" in given:
        limited = call.store.limits.factors
        factor, reason = verify_factor(
            factor, given["AuthPayload"], now, limited=limited
        )
        allowed(reason)
    changed = evolve(
        factor,
        config=evolve(factor.config, **renamed(given, _CONFIG)),
        friendly_name=given.get("FriendlyName", factor.friendly_name),
    )
    factor = factor if changed == factor else evolve(changed, updated_at=now)
    if factor.verified and not before.verified:
        _tell_webhooks(call, "factor.verified", factor)
    return factor


_LIFE = timedelta(minutes=5)
_LONGEST_LIFE = timedelta(minutes=60)


def _challenge_shown(call: RoutedRequest, challenge: Challenge) -> Json:
    responded = challenge.responded_at
    return {
        "entity_sid": _entity(call).sid,
        "identity": call.names[1],
        "factor_sid": challenge.factor_sid,
        "date_responded": None if responded is None else seconds(responded),
        "expiration_date": seconds(challenge.expires_at),
        "status": timed(challenge, call.store.now()).status,
        "responded_reason": "none",
        "details": challenge.details,
        "hidden_details": challenge.hidden_details,
        "metadata": challenge.metadata,
        "factor_type": "totp",
    }


def _create_challenge(call: RoutedRequest) -> Challenge:
    entity, given, now = _entity(call), call.given, call.store.now()
    factor = found(entity.factors.get(given["FactorSid"]))
    expires_at = given.get("ExpirationDate", now + _LIFE)
    if not now < expires_at <= now + _LONGEST_LIFE:
        raise deny(Reason.INVALID_PARAMETER, "ExpirationDate")
    factor, reason = challenged(factor, now, limited=call.store.limits.factors)
    allowed(reason)
    entity.factors.replace(factor.sid, factor)
    challenge = Challenge(
        sid=call.sid("YC"),
        factor_sid=factor.sid,
        details=_details(call),
        hidden_details=given.get("HiddenDetails"),
        expires_at=expires_at,
        **stamps(call),
    )
    if "AuthPayload" in given:
        # The first code is never one too many.
        challenge, _ = respond(challenge, given["AuthPayload"], factor, now)
    entity.challenges.add(challenge.sid, challenge)
    _tell_if_approved(call, factor, challenge)
    return challenge


def _details(call: RoutedRequest) -> Json | None:
    given = call.given
    if "Details.Message" not in given and "Details.Fields" not in given:
        return None
    dated = call.service().options.get("Push.IncludeDate")
    return {
        "message": given.get("Details.Message"),
        **({"date": seconds(call.store.now())} if dated else {}),
        "fields": list(given.get("Details.Fields", ())),
    }


def _tell_if_approved(
    call: RoutedRequest, factor: Factor, challenge: Challenge
) -> None:
    if challenge.status is ChallengeStatus.APPROVED:
        more = {
            "challenge_sid": challenge.sid,
            "challenge_details": json.dumps(challenge.details),
            "challenge_hidden_details": json.dumps(challenge.hidden_details),
        }
        _tell_webhooks(call, "challenge.approved", factor, **more)


def _update_challenge(call: RoutedRequest, challenge: Challenge) -> Challenge:
    given, now = call.given, call.store.now()
    factor = found(_entity(call).factors.get(challenge.factor_sid))
    # The document calls both optional, and does not describe an update of nothing.
    if "AuthPayload" not in given and "Metadata" not in given:
        raise deny(Reason.INVALID_PARAMETER, "AuthPayload")
    after, reason = respond(
        timed(challenge, now),
        given.get("AuthPayload"),
        factor,
        now,
        metadata=given.get("Metadata"),
        limited=call.store.limits.factors,
    )
    allowed(reason)
    _tell_if_approved(call, factor, after)
    return after


def _matching(call: RoutedRequest) -> Callable[[Challenge], bool]:
    factor_sid, status = call.given.get("FactorSid"), call.given.get("Status")
    now = call.store.now()
    return lambda challenge: (
        factor_sid in (None, challenge.factor_sid)
        and status in (None, timed(challenge, now).status)
    )


def detail_field(value: str) -> Mapping[str, Any]:
    """A label and its value, as a JSON object."""
    loaded = {"label": None, "value": None, **json_map(value)}
    label, shown = loaded["label"], loaded["value"]
    checked(loaded, isinstance(label, str) and isinstance(shown, str))
    return {"label": text(0, 36)(label), "value": text(0, 128)(shown)}


_NAME = text(1, 64)
_PAYLOAD = Parameter(text(3, 8))
_CONFIG_TABLE: Table = {
    "Config.Alg": Parameter(shaped("|".join(ALGORITHMS))),
    "Config.Skew": Parameter(whole(0, 2)),
    "Config.CodeLength": Parameter(whole(3, 8)),
    "Config.TimeStep": Parameter(whole(20, 60)),
}
_CREATE_FACTOR: Table = {
    "FriendlyName": Parameter(_NAME, required=True),
    "FactorType": Parameter(shaped("totp|push|passkeys"), required=True),
    "Binding.Secret": Parameter(read_secret, wrong=Reason.BINDING_FORMAT),
    **_CONFIG_TABLE,
    "Metadata": Parameter(string_map),
}
_UPDATE_FACTOR: Table = {
    "AuthPayload": _PAYLOAD,
    "FriendlyName": Parameter(_NAME),
    **_CONFIG_TABLE,
}
_CREATE_CHALLENGE: Table = {
    "FactorSid": Parameter(sid("YF"), required=True),
    "ExpirationDate": Parameter(instant),
    "Details.Message": Parameter(text(1, 256)),
    "Details.Fields": Parameter(detail_field, repeats=20),
    "HiddenDetails": Parameter(string_map),
    "AuthPayload": _PAYLOAD,
}
_UPDATE_CHALLENGE: Table = {
    "AuthPayload": _PAYLOAD,
    "Metadata": Parameter(string_map),
}
_LIST_CHALLENGES: Table = {
    "FactorSid": Parameter(sid("YF")),
    "Status": Parameter(ChallengeStatus),
    "Order": Parameter(shaped("asc|desc")),
    **PAGE,
}

_PATH = "/v2/Services/{ServiceSid}/Entities"
_ENTITIES = OwnedCollection(
    name="Entity",
    items="entities",
    path=_PATH,
    one="Identity",
    names="identity",
    shelf=_entities,
    shows=_entity_shown,
    links={
        "factors": "Factors",
        "new_factors": "Factors",
        "challenges": "Challenges",
    },
)
_FACTORS = OwnedCollection(
    name="Factor",
    items="factors",
    path=f"{_PATH}/{{Identity}}/Factors",
    shelf=lambda call: _entity(call).factors,
    shows=_factor_shown,
)
_CHALLENGES = OwnedCollection(
    name="Challenge",
    items="challenges",
    path=f"{_PATH}/{{Identity}}/Challenges",
    shelf=lambda call: _entity(call).challenges,
    shows=_challenge_shown,
    links={"notifications": "Notifications"},
    matches=_matching,
    backwards=lambda call: call.given.get("Order") == "desc",
)
ROUTES = (
    _ENTITIES.creates(
        _create_entity,
        {"Identity": Parameter(shaped(_IDENTITY.pattern), required=True)},
    ),
    _ENTITIES.lists(),
    _ENTITIES.fetches(),
    _ENTITIES.deletes(_forget_factors),
    evolve(_FACTORS, name="NewFactor", shows=_new_factor_shown).creates(
        _create_factor, _CREATE_FACTOR
    ),
    _FACTORS.lists(),
    _FACTORS.fetches(),
    _FACTORS.updates(_update_factor, _UPDATE_FACTOR),
    _FACTORS.deletes(
        lambda call, factor: _tell_webhooks(call, "factor.deleted", factor)
    ),
    _CHALLENGES.creates(_create_challenge, _CREATE_CHALLENGE),
    _CHALLENGES.lists(_LIST_CHALLENGES),
    _CHALLENGES.fetches(),
    _CHALLENGES.updates(_update_challenge, _UPDATE_CHALLENGE),
)
