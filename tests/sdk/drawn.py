"""Requests drawn from Twilio's documents, and an account that has one of everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests
from attrs import define, field
from hypothesis import strategies as st

from tests.support.twilio import described
from tests.support.twilio.tour import Exchange, exchange
from verify_fakes.served import ServedTwilio
from verify_fakes.twilio.http._routing import Route
from verify_fakes.twilio.resources._totp import TotpConfig, code_at

PHONE = "+15553231234"
IDENTITY = "ann-from-accounting"
_CODE = "271828"

#: Values that make sense, by parameter; the documents only say that most are texts.
LIKELY: Mapping[str, list[str]] = {
    "Amount": ["€39.99"],
    "AppHash": ["He42w354ol9"],
    "AuthPayload": ["123456"],
    "Binding.Secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
    "Channel": ["sms", "call", "whatsapp"],
    "ChannelConfiguration": ['{"from": "shop@example.org"}'],
    "Code": [_CODE, "314159"],
    "CodeLength": ["4", "10"],
    "Country": ["all", "US", "DE", "FR", "CA", "IN", "BR", "MX", "JP", "AU"],
    "CountryCode": ["US"],
    "CustomCode": [_CODE],
    "Details.Message": ["Sign in?"],
    "DeviceIp": ["192.0.2.1", "2001:db8::1"],
    "Details.Fields": ['{"label": "From", "value": "a phone"}'],
    "EventTypes": ["*", "factor.created", "challenge.approved"],
    "FactorType": ["totp"],
    "Fields": ["line_type_intelligence", "sms_pumping_risk,line_status", "caller_name"],
    "FriendlyName": ["Shop", "Ann-2 phone"],
    "HiddenDetails": ['{"ip": "192.0.2.1"}'],
    "Identity": [f"person-number-{number}" for number in range(50)],
    "Interval": [str(60 * minutes) for minutes in range(3, 50)],
    "Locale": ["en", "de", "pt-BR"],
    "Max": ["1", "50"],
    "MessagingServiceSid": ["MG" + "0" * 32],
    "Metadata": ['{"os": "Android"}'],
    "Page": ["0"],
    "PageSize": ["1", "50"],
    "Payee": ["Acme"],
    "PhoneNumber": [f"+4477009{number:05d}" for number in range(50)],
    "RateLimits": ['{"ip": "192.0.2.1"}'],
    "SendDigits": ["12ww3"],
    "Tags": ['{"order": "7"}'],
    "TemplateCustomSubstitutions": ['{"who": "Ann"}'],
    "To": [PHONE, "+447700900123", "ann@example.org"],
    "UniqueName": [f"limit.{number}" for number in range(50)],
    "WebhookUrl": ["https://example.org/hook"],
}
#: What an operation needs besides what its document requires.
_NEEDED: Mapping[str, list[str]] = {
    "CreateVerificationCheck": ["To", "Code"],
    "UpdateChallenge": ["AuthPayload"],
}
_OF = {
    "Services": "ServiceSid",
    "Verifications": "VerificationSid",
    "RateLimits": "RateLimitSid",
    "Factors": "FactorSid",
}
_HOOK = "https://example.org/hook"
_DATES = st.sampled_from(["2026-01-15T12:01:00Z", "2038-01-19T03:14:07Z", "2015-07-30"])


def plain_form(route: Route, held: Mapping[str, str]) -> dict[str, str]:
    """The least that makes sense."""
    schemas = _schemas(route)
    _, _, operation, _ = described.operations()[route.operation]
    names = described.required(operation).union(_NEEDED.get(route.operation, ()))
    return {
        name: (_likely(name, held) or schemas[name]["enum"])[0]
        for name in sorted(names)
    }


def forms(route: Route, held: Mapping[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    """
    Parameters of an operation: all that its document requires, and some that it allows.

    Args:
        route: The operation.
        held: The sids that the account has, by parameter.
    """
    _, _, operation, _ = described.operations()[route.operation]
    needed = described.required(operation)
    values = {
        name: _value(name, schema, held) for name, schema in _schemas(route).items()
    }
    return st.fixed_dictionaries(
        {name: value for name, value in values.items() if name in needed},
        optional={name: value for name, value in values.items() if name not in needed},
    )


def _schemas(route: Route) -> dict[str, dict[str, Any]]:
    """What the document says of each parameter."""
    _, _, operation, document = described.operations()[route.operation]
    known: dict[str, dict[str, Any]] = document["components"]["schemas"]
    return {
        name: known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        for name, schema in described.parameters(operation).items()
    }


def _likely(name: str, held: Mapping[str, str]) -> list[str]:
    if name.endswith("Sid") and name in held:
        return [held[name]]
    return LIKELY.get(name, [])


def _value(
    name: str, schema: dict[str, Any], held: Mapping[str, str]
) -> st.SearchStrategy[Any]:
    if schema.get("type") == "array":
        each = _value(name, {"type": "string"}, held)
        return st.lists(each, min_size=1, max_size=3)
    drawn, likely = _of_type(schema), _likely(name, held)
    if not likely:
        return drawn
    # A form is refused for one odd value, so most must make sense.
    return st.integers(0, 9).flatmap(
        lambda number: st.sampled_from(likely) if number else drawn
    )


def _of_type(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    match schema:
        case {"enum": values}:
            return st.sampled_from(values)
        case {"pattern": pattern}:
            return st.from_regex(pattern, fullmatch=True)
        case {"type": "boolean"}:
            return st.sampled_from(["true", "false"])
        case {"type": "integer"}:
            return st.integers(schema.get("minimum", 0), 2**31).map(str)
        case {"format": "date-time"}:
            return _DATES
        case _:
            return st.text(max_size=20)


@define
class Furnished:
    """
    An account with one of everything, by plain HTTP.

    Attributes:
        account: The account.
        session: What its requests go through.
        held: What stands for the variables of a path, by name or by what they are of,
            and for sids in forms.
    """

    account: ServedTwilio
    session: requests.Session
    held: dict[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.account.reset(seed=4, limits=False)
        self.account.fix_code(PHONE, _CODE)
        service = f"/v2/Services/{self.account.service_sid}"
        self.held = {
            "ServiceSid": self.account.service_sid,
            "VerifyServiceSid": self.account.service_sid,
            "Identity": IDENTITY,
            "Country": "GB",
            "PhoneNumber": PHONE,
        }
        template = self.account.add_template("Mine", "{{code}}")
        self.held["TemplateSid"] = self.held["DefaultTemplateSid"] = template
        self._add_plain_things(service)
        self._add_challenge(f"{service}/Entities/{IDENTITY}")

    def _add_plain_things(self, service: str) -> None:
        started = self._made(f"{service}/Verifications", To=PHONE, Channel="sms")
        (send,) = started["send_code_attempts"]
        limit = self._made(f"{service}/RateLimits", UniqueName="ip")["sid"]
        buckets = f"{service}/RateLimits/{limit}/Buckets"
        sender = {"Country": "GB", "MessagingServiceSid": "MG" + "0" * 32}
        self._made(f"{service}/MessagingConfigurations", **sender)
        self._made("/v2/SafeList/Numbers", PhoneNumber=PHONE)
        hook = {"FriendlyName": "w", "EventTypes": "*", "WebhookUrl": _HOOK}
        self.held |= {
            "VerificationSid": started["sid"],
            "RateLimitSid": limit,
            "Attempts": send["attempt_sid"],
            "Buckets": self._made(buckets, Max="2", Interval="120")["sid"],
            "Webhooks": self._made(f"{service}/Webhooks", **hook)["sid"],
        }

    def _add_challenge(self, entity: str) -> None:
        form = {"FriendlyName": "x", "FactorType": "totp"}
        factor = self._made(f"{entity}/Factors", **form)
        now = self.account.clock.now()
        code = code_at(factor["binding"]["secret"], TotpConfig(), at=now)
        self._made(f"{entity}/Factors/{factor['sid']}", AuthPayload=code)
        asked = self._made(f"{entity}/Challenges", FactorSid=factor["sid"])
        self.held |= {"FactorSid": factor["sid"], "Challenges": asked["sid"]}

    def ask(self, route: Route, form: Mapping[str, Any]) -> Exchange:
        """One request, as it was on the wire, and its answer."""
        name = "params" if route.method == "GET" else "data"
        answer = self.session.request(
            route.method,
            f"{self.account.url}{self._path(route)}",
            auth=(self.account.account_sid, self.account.auth_token),
            timeout=10,
            **{name: form},
        )
        sent = answer.request
        return exchange(
            sent.method or "",
            sent.url or "",
            sent.headers,
            sent.body,
            answer.status_code,
            answer.content,
        )

    def _path(self, route: Route) -> str:
        return "/".join(
            quote(self._variable(part[1:-1], route), safe="+")
            if part.startswith("{")
            else part
            for part in route.path.split("/")
        )

    def _variable(self, name: str, route: Route) -> str:
        if name != "Sid":
            return self.held[name]
        # What a sid is of: the resource before it in the path.
        of = route.path.removesuffix("/{Sid}").rpartition("/")[2]
        return self.held[_OF.get(of, of)]

    def _made(self, path: str, **form: str) -> Any:  # noqa: ANN401 - JSON
        answer = self.session.post(
            f"{self.account.url}{path}",
            form,
            auth=(self.account.account_sid, self.account.auth_token),
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json()
