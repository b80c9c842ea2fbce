"""Entities and their TOTP factors over the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from ....kit._bounded import Shelf
from ....kit._http import seconds
from ...machine._reasons import Reason
from ...resources._factors import Entity, Factor, verify_factor
from ...resources._services import Service
from ...resources._totp import ALGORITHMS, TotpConfig, provisioning_uri, read_secret
from .._exchange import Response
from .._paging import PAGE, listed
from .._parameters import Parameter, Table, shaped, string_map, text, whole
from .._routing import Route, RoutedRequest, deny, found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....kit._http import Json

_TOTP = "totp"


def entity_of(call: RoutedRequest) -> Entity:
    """The entity in the path, its second variable part."""
    return found(_entities(call).get(call.names[1]))


def entity_url(call: RoutedRequest, entity: Entity) -> str:
    """Where an entity is found."""
    return call.url(f"/v2/Services/{call.names[0]}/Entities/{entity.identity}")


def tell_webhooks(
    call: RoutedRequest, kind: str, entity: Entity, factor: Factor, **more: str
) -> None:
    """Let the service's webhooks know what happened to a factor or a challenge."""
    service = call.service()
    about = {
        "entity_identity": entity.identity,
        "factor_sid": factor.sid,
        "factor_type": _TOTP,
        "factor_friendly_name": factor.friendly_name,
        **more,
    }
    call.store.records.call_webhooks(
        service, call.store.resources_of(service), kind, about, at=call.store.now()
    )


def _entities(call: RoutedRequest) -> Shelf[Entity]:
    return call.store.resources_of(call.service()).entities


def _entity_body(call: RoutedRequest, entity: Entity) -> Json:
    url = entity_url(call, entity)
    return {
        "sid": entity.sid,
        "identity": entity.identity,
        "account_sid": call.service().account_sid,
        "service_sid": call.names[0],
        "date_created": seconds(entity.created_at),
        "date_updated": seconds(entity.updated_at),
        "url": url,
        "links": {
            "factors": f"{url}/Factors",
            "new_factors": f"{url}/Factors",
            "challenges": f"{url}/Challenges",
        },
    }


def _new_entity(call: RoutedRequest, identity: str) -> Entity:
    shelf, now = _entities(call), call.store.now()
    if shelf.full:
        raise deny(Reason.TOO_MANY_REQUESTS)
    sid = call.store.random_source.sid("YE")
    entity = Entity(sid=sid, identity=identity, created_at=now, updated_at=now)
    shelf.add(identity, entity)
    return entity


def _create(call: RoutedRequest) -> Response:
    identity = call.given["Identity"]
    if identity in _entities(call):
        raise deny(Reason.ENTITY_EXISTS)
    return call.answer(201, _entity_body(call, _new_entity(call, identity)))


def _list(call: RoutedRequest) -> Response:
    return listed(
        call,
        "entities",
        _entities(call),
        lambda entity: _entity_body(call, entity),
    )


def _fetch(call: RoutedRequest) -> Response:
    return call.answer(200, _entity_body(call, entity_of(call)))


def _delete(call: RoutedRequest) -> Response:
    entity = entity_of(call)
    for factor in entity.factors:
        tell_webhooks(call, "factor.deleted", entity, factor)
    _entities(call).remove(entity.identity)
    return call.answer(204, None)


def _factor(call: RoutedRequest) -> Factor:
    return found(entity_of(call).factors.get(call.names[2]))


def _factor_body(call: RoutedRequest, entity: Entity, factor: Factor) -> Json:
    return {
        "sid": factor.sid,
        "account_sid": call.service().account_sid,
        "service_sid": call.names[0],
        "entity_sid": entity.sid,
        "identity": entity.identity,
        "date_created": seconds(factor.created_at),
        "date_updated": seconds(factor.updated_at),
        "friendly_name": factor.friendly_name,
        "status": "verified" if factor.verified else "unverified",
        "factor_type": _TOTP,
        "config": {
            "alg": factor.config.alg,
            "skew": factor.config.skew,
            "code_length": factor.config.code_length,
            "time_step": factor.config.time_step_s,
        },
        "metadata": factor.metadata,
        "url": f"{entity_url(call, entity)}/Factors/{factor.sid}",
    }


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


def _config(
    before: TotpConfig, given: Mapping[str, Any], names: Mapping[str, str]
) -> TotpConfig:
    changes = {names[name]: given[name] for name in names if name in given}
    return evolve(before, **changes)


def _create_factor(call: RoutedRequest) -> Response:
    if call.given["FactorType"] != _TOTP:
        raise deny(Reason.NOT_SERVED, f"{call.given['FactorType']} factors")
    service, identity, now = call.service(), call.names[1], call.store.now()
    # The SDK creates factors under an identity; a new one becomes an entity then.
    entity = _entities(call).get(identity)
    if entity is None:
        if not _IDENTITY.fullmatch(identity):
            raise deny(Reason.INVALID_PARAMETER, "Identity")
        entity = _new_entity(call, identity)
    defaults = _config(TotpConfig(), service.options, _SERVICE_CONFIG)
    factor = Factor(
        sid=call.store.random_source.sid("YF"),
        friendly_name=call.given["FriendlyName"],
        secret=call.given.get("Binding.Secret") or call.store.random_source.secret(),
        config=_config(defaults, call.given, _CONFIG),
        metadata=call.given.get("Metadata"),
        created_at=now,
        updated_at=now,
    )
    reason = entity.enrol(factor, now, limited=call.store.limits.factors)
    if reason is not None:
        raise deny(reason)
    tell_webhooks(call, "factor.created", entity, factor)
    body = _factor_body(call, entity, factor)
    # Shown this once: later answers have no binding.
    body |= {"binding": _binding(service, factor), "options": None}
    return call.answer(201, body)


def _binding(service: Service, factor: Factor) -> Json:
    issuer = str(service.options.get("Totp.Issuer", service.switches.friendly_name))
    uri = provisioning_uri(
        factor.secret, factor.config, issuer=issuer, account=factor.friendly_name
    )
    return {"secret": factor.secret, "uri": uri}


def _list_factors(call: RoutedRequest) -> Response:
    entity = entity_of(call)
    return listed(
        call,
        "factors",
        entity.factors,
        lambda factor: _factor_body(call, entity, factor),
    )


def _fetch_factor(call: RoutedRequest) -> Response:
    return call.answer(200, _factor_body(call, entity_of(call), _factor(call)))


def _update_factor(call: RoutedRequest) -> Response:
    entity, before, now = entity_of(call), _factor(call), call.store.now()
    factor, reason = before, None
    if "AuthPayload" in call.given:
        limited = call.store.limits.factors
        code = call.given["AuthPayload"]
        factor, reason = verify_factor(factor, code, now, limited=limited)
    if reason is not None:
        raise deny(reason)
    config = _config(factor.config, call.given, _CONFIG)
    name = call.given.get("FriendlyName", factor.friendly_name)
    if (config, name) != (factor.config, factor.friendly_name):
        factor = evolve(factor, config=config, friendly_name=name, updated_at=now)
    entity.factors.replace(factor.sid, factor)
    if factor.verified and not before.verified:
        tell_webhooks(call, "factor.verified", entity, factor)
    return call.answer(200, _factor_body(call, entity, factor))


def _delete_factor(call: RoutedRequest) -> Response:
    entity, factor = entity_of(call), _factor(call)
    entity.factors.remove(factor.sid)
    tell_webhooks(call, "factor.deleted", entity, factor)
    return call.answer(204, None)


_IDENTITY = re.compile(r"[A-Za-z0-9\-]{8,64}")
_NAME = text(1, 64)
_CONFIG_TABLE: Table = {
    "Config.Alg": Parameter(reads=shaped("|".join(ALGORITHMS))),
    "Config.Skew": Parameter(reads=whole(0, 2)),
    "Config.CodeLength": Parameter(reads=whole(3, 8)),
    "Config.TimeStep": Parameter(reads=whole(20, 60)),
}

CREATE: Final[Table] = {
    "Identity": Parameter(reads=shaped(_IDENTITY.pattern), required=True),
}
CREATE_FACTOR: Final[Table] = {
    "FriendlyName": Parameter(reads=_NAME, required=True),
    "FactorType": Parameter(reads=shaped("totp|push|passkeys"), required=True),
    "Binding.Secret": Parameter(reads=read_secret, wrong=Reason.BINDING_FORMAT),
    **_CONFIG_TABLE,
    "Metadata": Parameter(reads=string_map),
}
UPDATE_FACTOR: Final[Table] = {
    "AuthPayload": Parameter(reads=text(3, 8)),
    "FriendlyName": Parameter(reads=_NAME),
    **_CONFIG_TABLE,
}

_ALL = "/v2/Services/{ServiceSid}/Entities"
_ONE = f"{_ALL}/{{Identity}}"
_FACTORS = f"{_ONE}/Factors"
_FACTOR = f"{_FACTORS}/{{Sid}}"

ROUTES: Final = (
    Route(
        operation="CreateEntity",
        method="POST",
        path=_ALL,
        action=_create,
        table=CREATE,
    ),
    Route(operation="ListEntity", method="GET", path=_ALL, action=_list, table=PAGE),
    Route(operation="FetchEntity", method="GET", path=_ONE, action=_fetch),
    Route(operation="DeleteEntity", method="DELETE", path=_ONE, action=_delete),
    Route(
        operation="CreateNewFactor",
        method="POST",
        path=_FACTORS,
        action=_create_factor,
        table=CREATE_FACTOR,
    ),
    Route(
        operation="ListFactor",
        method="GET",
        path=_FACTORS,
        action=_list_factors,
        table=PAGE,
    ),
    Route(operation="FetchFactor", method="GET", path=_FACTOR, action=_fetch_factor),
    Route(
        operation="UpdateFactor",
        method="POST",
        path=_FACTOR,
        action=_update_factor,
        table=UPDATE_FACTOR,
    ),
    Route(
        operation="DeleteFactor",
        method="DELETE",
        path=_FACTOR,
        action=_delete_factor,
    ),
)
