"""A journey endpoint in a thread, and a client of it by plain HTTP."""
# ruff: noqa: ANN401 - JSON

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from attrs import Factory, define

from tests.support.journeys import export, node, single
from tests.support.served import serving
from verify_core.journeys import Journey
from verify_core.nodes import MemoryDirectory
from verify_fakes.am._account import JourneyBounds
from verify_fakes.am._app import JourneyApp, JourneySettings
from verify_fakes.server.twilio._settings import TwilioSettings

NUMBER = "+15553231234"
LANDLINE = "+442079460018"
PASSWORD = "correct horse"
PEOPLE = MemoryDirectory(
    [
        {
            "_id": number,
            "userName": name,
            "password": PASSWORD,
            "telephoneNumber": phone,
            "accountStatus": status,
        }
        for number, name, phone, status in (
            ("1", "ada", NUMBER, "active"),
            ("2", "bob", LANDLINE, "active"),
            ("3", "eve", "+15553231235", "inactive"),
        )
    ]
)
EXAMPLES = ("AskForPhone", "PhoneFromProfile", "MobileOnly")


def _with_buttons(**collector: Any) -> dict[str, Any]:
    """All that a person can meet around a code: both buttons, a limit, a lock."""
    return {
        "sign in": node(
            "PageNode",
            {"outcome": "check"},
            pageHeader={"en": "Sign in", "de": "Anmelden"},
            pageDescription={"en": "With your account."},
            stage="SignIn",
            children={
                "user": node("UsernameCollectorNode"),
                "pass": node("PasswordCollectorNode"),
            },
        ),
        "check": node("DataStoreDecisionNode", {"true": "send", "false": "FAILURE"}),
        "send": node(
            "VerifyAuthSenderNode",
            {"true": "code", "error": "down"},
            requestIdentifier=True,
        ),
        "down": node(
            "MessageNode",
            {"true": "send", "false": "FAILURE"},
            message={"en": "No code could be sent."},
            messageYes={"en": "Again"},
            messageNo={"en": "Stop"},
        ),
        "code": node(
            "VerifyAuthCollectorDecisionNode",
            {
                "true": "SUCCESS",
                "false": "guesses",
                "error": "gone",
                "resend": "send",
                "cancel": "FAILURE",
            },
            showResendButton=True,
            showCancelButton=True,
            **collector,
        ),
        "guesses": node(
            "RetryLimitDecisionNode",
            {"Retry": "code", "Reject": "lock"},
            retryLimit=2,
        ),
        "lock": node("AccountLockoutNode", {"outcome": "FAILURE"}, lockAction="LOCK"),
        "gone": node(
            "MessageNode",
            {"true": "send", "false": "FAILURE"},
            message={"en": "The code has expired."},
        ),
    }


def journeys() -> dict[str, Journey]:
    """The examples, and one with buttons; the code is hidden in the second of these."""
    made = Journey.read(
        export(
            single("WithButtons", _with_buttons(hideCode=False)),
            single("Hidden", _with_buttons(hideCode=True)),
        ),
        name="WithButtons",
    )
    found = {
        name: Journey.load(f"examples/journeys/{name}.journey.json")
        for name in EXAMPLES
    }
    return {**found, made.name: made, **made.journeys}


def app(
    *,
    found: Mapping[str, Journey] | None = None,
    bounds: JourneyBounds | None = None,
    **settings: Any,
) -> JourneyApp:
    """The endpoint over journeys, in all realms."""
    served = journeys() if found is None else found
    return JourneyApp(
        JourneySettings(
            journeys=dict.fromkeys(("/", "/alpha"), served),
            directory=PEOPLE,
            server=TwilioSettings(bounds=bounds or JourneyBounds(), seed=3),
            **settings,
        )
    )


@contextmanager
def running(made: JourneyApp | None = None) -> Iterator[str]:
    """An endpoint in a thread; gives its URL."""
    with serving(made or app()) as url:
        yield url


@define(eq=False)
class AmClient:
    """A client without an SDK."""

    url: str
    realm: str = "realms/root/realms/alpha"
    session: requests.Session = Factory(requests.Session)

    def post(self, path: str, body: object = None, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.post(
            f"{self.url}/am/json/{path}",
            data=b"" if body is None else None,
            json=body,
            headers={"Content-Type": "application/json", **named},
            timeout=20,
        )

    def authenticate(
        self, body: object = None, query: str = "", **headers: str
    ) -> requests.Response:
        return self.post(f"{self.realm}/authenticate?{query}", body, **headers)

    def start(self, journey: str = "WithButtons", more: str = "") -> Any:
        query = f"authIndexType=service&authIndexValue={journey}{more}"
        return self.authenticate(query=query).json()

    def next(self, step: Mapping[str, Any], *values: object) -> Any:
        return self.authenticate(answered(step, *values)).json()

    def sign_in(self, journey: str = "WithButtons", who: str = "ada") -> Any:
        return self.next(self.start(journey), who, PASSWORD)

    def door(self, method: str, path: str, body: object = None) -> Any:
        answer = self.session.request(
            method, f"{self.url}/_fake{path}", json=body, timeout=20
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    @property
    def messages(self) -> list[Any]:
        found: list[Any] = self.door("GET", "/messages")["messages"]
        return found

    @property
    def code(self) -> str:
        return str(self.messages[-1]["code"])


def answered(step: Mapping[str, Any], *values: object) -> dict[str, Any]:
    """The same step with the inputs of its callbacks filled in, in order."""
    left = list(values)
    callbacks = []
    for each in step["callbacks"]:
        made = dict(each)
        if "input" in made and left:
            first, *rest = made["input"]
            made["input"] = [{**first, "value": left.pop(0)}, *rest]
        callbacks.append(made)
    assert not left, "more answers than questions"
    return {**step, "callbacks": callbacks}
