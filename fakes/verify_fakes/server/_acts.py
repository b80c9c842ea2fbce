"""
What the side door changes: an account and a JSON body in, a status and JSON out.

Plain functions without a request or a wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias

from ..twilio import Break
from ..twilio.machine._commands import TwilioOperation
from ..twilio.machine._faults import TwilioFault
from ..twilio.machine._rules import PROFILES
from . import _reading as reading, _views as views
from ._moving import move
from ._operations import Json
from ._reading import BadRequest
from ._script import Rule, known_error
from ._settings import BadSettings, sink, template_of
from ._tenants import Tenant

Outcome: TypeAlias = tuple[int, Json | None]
Act: TypeAlias = Callable[[Tenant, Json], Outcome]

MOST_SINKS: Final = 20
_NOTHING: Final[Outcome] = (204, None)
_EFFECTS: Final = ("error", "connection", "delay_ms")


def account(tenant: Tenant) -> Json:
    """How an account stands."""
    return {
        "account_sid": tenant.sid,
        "now": views.instant(tenant.store.now()),
        "limits": tenant.limited,
        "profile": tenant.profile,
        "seed": tenant.seed,
    }


def move_clock(tenant: Tenant, body: Json) -> Outcome:
    """Move an account's clock, and let what is due expire, in order."""
    move(tenant.clock, body)
    tenant.store.settle()
    tenant.deliveries.hurry()
    return 200, account(tenant)


def arm_fault(tenant: Tenant, body: Json) -> Outcome:
    """Arm a rule."""
    armed = len(tenant.store.faults.armed) + len(tenant.script.rules)
    reading.within("operation", "faults", armed, tenant.bounds.rules)
    effects = [name for name in _EFFECTS if name in body]
    if len(effects) != 1:
        raise BadRequest("error", "give one of error, connection and delay_ms")
    rule = _rule(body, effects[0])
    try:
        made = _arm(tenant, rule)
    except ValueError as error:
        raise BadRequest("operation", str(error)) from None
    return 201, views.fault(made)


def _rule(body: Json, effect: str) -> Rule:
    first, last = reading.span(body)
    retry_after = None
    if "retry_after_s" in body:
        if effect != "error":
            raise BadRequest("retry_after_s", "goes with an error only")
        retry_after = timedelta(seconds=reading.seconds(body, "retry_after_s"))
    return Rule(
        operation=reading.text(body, "operation"),
        effect=_effect(body, effect),
        first=first,
        last=last,
        to=reading.text(body, "to") if "to" in body else None,
        retry_after=retry_after,
    )


def _effect(body: Json, effect: str) -> Any:  # noqa: ANN401 - an Effect; see Rule
    if effect == "delay_ms":
        return timedelta(milliseconds=reading.seconds(body, "delay_ms", _LONGEST_MS))
    if effect == "connection":
        try:
            return Break(reading.text(body, "connection"))
        except ValueError:
            raise BadRequest("connection", f"takes one of {', '.join(Break)}") from None
    code = body["error"]
    if isinstance(code, bool) or not isinstance(code, int):
        raise BadRequest("error", "takes a Twilio error code, such as 60203")
    try:
        return known_error(code)
    except ValueError as error:
        raise BadRequest("error", str(error)) from None


_LONGEST_MS: Final = 600_000


def _arm(tenant: Tenant, rule: Rule) -> Rule | TwilioFault:
    # The machine counts its own operations after it has read their parameters, and
    # knows the address behind a sid; what it cannot do is scripted around it.
    if rule.operation not in set(TwilioOperation) or isinstance(rule.effect, timedelta):
        return tenant.script.arm(rule)
    return tenant.store.faults.arm(
        rule.operation,
        rule.effect,
        first=rule.first,
        last=rule.last,
        to=rule.to,
        retry_after=rule.retry_after,
    )


def clear_faults(tenant: Tenant, _body: Json) -> Outcome:
    """Disarm every rule of an account."""
    tenant.store.faults.clear()
    tenant.script.clear()
    return _NOTHING


def set_numbers(tenant: Tenant, body: Json) -> Outcome:
    """Say what is true of numbers."""
    traits = tenant.store.traits
    acts: dict[str, Callable[[str], None]] = {
        "landline": traits.landline,
        "unreachable": traits.unreachable,
        "verified": traits.verify,
        "blocked_prefixes": traits.block_prefix,
        "blocked_countries": traits.block_country,
    }
    given = {name: reading.texts(body, name) for name in acts if name in body}
    _take_in(tenant, *given.values())
    for name, values in given.items():
        for value in values:
            try:
                acts[name](value)
            except ValueError as error:
                raise BadRequest(name, str(error)) from None
    return _NOTHING


def _take_in(tenant: Tenant, *addresses: list[str]) -> None:
    """Count addresses of which something is set."""
    tenant.addresses += sum(map(len, addresses))
    most = tenant.bounds.addresses
    reading.within("to", "addresses since the reset", tenant.addresses - 1, most)


def fix_code(tenant: Tenant, body: Json) -> Outcome:
    """Fix the code of an address."""
    to = reading.text(body, "to")
    _take_in(tenant, [to])
    if body.get("code") is None:
        tenant.store.codes.release(to)
        return _NOTHING
    try:
        tenant.store.codes.fix(to, reading.text(body, "code"))
    except ValueError as error:
        if isinstance(error, BadRequest):
            raise
        raise BadRequest("code", str(error)) from None
    return _NOTHING


def reset(tenant: Tenant, body: Json) -> Outcome:
    """Set an account up anew."""
    seed = body.get("seed", tenant.seed)
    limited = _limited(body, tenant.limited)
    profile = body.get("profile", tenant.profile)
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise BadRequest("seed", "takes a whole number, or null")
    if not isinstance(profile, str) or profile not in PROFILES:
        raise BadRequest("profile", f"takes one of {', '.join(PROFILES)}")
    tenant.seed, tenant.limited, tenant.profile = seed, limited, profile
    tenant.reset()
    return 200, account(tenant)


def _limited(body: Json, default: object) -> bool:
    limited = body.get("limits", default)
    if not isinstance(limited, bool):
        raise BadRequest("limits", "takes true or false")
    return limited


def set_limits(tenant: Tenant, body: Json) -> Outcome:
    """Switch Twilio's limits on or off."""
    tenant.limit(on=_limited(body, None))
    return 200, account(tenant)


def add_template(tenant: Tenant, body: Json) -> Outcome:
    """Make a message template, as people do in Twilio's console."""
    sid = reading.text(body, "sid") if "sid" in body else None
    try:
        parts = template_of(body)
    except ValueError as error:
        name, _, takes = str(error).partition(" ")
        raise BadRequest(name, takes) from None
    try:
        made = tenant.store.templates.add(**parts, sid=sid)
    except ValueError as error:
        raise BadRequest("template", str(error)) from None
    return 201, {"sid": made.sid, "friendly_name": made.friendly_name}


def add_sink(tenant: Tenant, body: Json) -> Outcome:
    """Post an account's events to one more URL."""
    try:
        url = sink(reading.text(body, "url"))
    except BadSettings:
        raise BadRequest("url", "takes an absolute http or https URL") from None
    if len(tenant.sinks) >= MOST_SINKS:
        raise BadRequest("url", f"there are {MOST_SINKS} sinks already")
    tenant.sinks = tuple(dict.fromkeys((*tenant.sinks, url)))
    return 201, views.sinks(tenant)


def clear_sinks(tenant: Tenant, _body: Json) -> Outcome:
    """Post an account's events nowhere."""
    tenant.sinks = ()
    return _NOTHING


#: The acts by the name of their operation.
ACTS: Final[Mapping[str, Act]] = {
    act.__name__: act
    for act in (
        move_clock,
        arm_fault,
        clear_faults,
        set_numbers,
        fix_code,
        reset,
        set_limits,
        add_template,
        add_sink,
        clear_sinks,
    )
}
