"""The endpoint by plain HTTP: every request has AM's answer, also the hostile ones."""
# ruff: noqa: ANN401 - JSON

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
import requests

from tests.support.am import NUMBER, PASSWORD, AmClient, answered, app, running
from tests.support.journeys import export, journey, node, single
from tests.support.served import exchange
from verify_core.journeys import Journey
from verify_fakes.am._account import JourneyBounds

TIMED_OUT = {
    "code": 401,
    "reason": "Unauthorized",
    "message": "Session has timed out",
    "detail": {"errorCode": "110"},
}
START = "authIndexType=service&authIndexValue=WithButtons"


def at_the_code(am: AmClient) -> Any:
    return am.next(am.sign_in(), NUMBER)


def is_problem(answer: requests.Response, status: int) -> str:
    """Whether it is an error in AM's form; its message."""
    body = answer.json()
    assert answer.status_code == body["code"] == status, body
    assert {"code", "reason", "message"} <= body.keys() <= {*body, "detail"}
    assert answer.headers["content-type"] == "application/json"
    return str(body["message"])


@pytest.mark.parametrize(
    ("path", "realm"),
    [
        ("realms/root/authenticate", "/"),
        ("realms/root/realms/alpha/authenticate", "/alpha"),
        ("authenticate", "/"),
        ("alpha/authenticate", "/alpha"),
        ("authenticate?realm=/alpha", "/alpha"),
        ("authenticate?realm=alpha", "/alpha"),
        ("realms/root/authenticate?realm=/alpha", "/alpha"),
    ],
)
def test_every_form_of_a_realm_leads_there(am: AmClient, path: str, realm: str) -> None:
    joined = f"{path}{'&' if '?' in path else '?'}{START}"

    step = am.post(joined).json()

    claims = jwt.decode(step["authId"], options={"verify_signature": False})
    assert (claims["realm"], claims["authIndexValue"]) == (realm, "WithButtons")


@pytest.mark.parametrize("context", ["/am", "/openam", ""])
def test_the_usual_contexts_are_served(am: AmClient, context: str) -> None:
    answer = am.session.post(f"{am.url}{context}/json/authenticate?{START}")

    assert answer.status_code == 200
    assert "authId" in answer.json()


def test_a_journey_is_found_by_its_auth_id_alone(am: AmClient) -> None:
    step = am.start()

    assert "callbacks" in am.next(step, "ada", PASSWORD)


def test_the_same_submission_sends_once_and_says_the_same(am: AmClient) -> None:
    body = answered(am.sign_in(), NUMBER)

    said = [am.authenticate(body).json() for _ in range(3)]

    assert said[0] == said[1] == said[2]
    assert len(am.messages) == 1


def test_submissions_at_the_same_time_send_once(am: AmClient) -> None:
    body = answered(am.sign_in(), NUMBER)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: AmClient(am.url).authenticate(body), range(8)))

    assert len({answer.text for answer in said}) == 1
    assert len(am.messages) == 1


def test_a_code_is_checked_once_however_often_it_is_submitted(am: AmClient) -> None:
    step = at_the_code(am)
    wrong = "000000" if am.code != "000000" else "111111"

    for _ in range(8):  # Twilio would refuse the sixth check
        again = am.next(step, wrong)

    assert am.next(again, am.code)["tokenId"]


def test_a_success_is_said_again_with_the_same_token(am: AmClient) -> None:
    body = answered(at_the_code(am), am.code)

    first, second = (am.authenticate(body).json() for _ in range(2))

    assert first["tokenId"] == second["tokenId"]


def test_other_answers_to_an_answered_step_are_refused(am: AmClient) -> None:
    step = am.sign_in()
    am.next(step, NUMBER)

    answer = am.authenticate(answered(step, "+15553231299"))

    assert (answer.status_code, answer.json()) == (401, TIMED_OUT)
    assert len(am.messages) == 1


def test_an_auth_id_ends_after_fifteen_minutes(am: AmClient) -> None:
    step = am.start()
    am.door("POST", "/clock", {"advance_s": 898})
    assert "authId" in am.next(step, "ada", PASSWORD)

    late = am.start()
    am.door("POST", "/clock", {"advance_s": 901})

    answer = am.authenticate(answered(late, "ada", PASSWORD))
    assert (answer.status_code, answer.json()) == (401, TIMED_OUT)


def test_an_auth_id_belongs_to_its_realm_and_journey(am: AmClient) -> None:
    body = answered(am.start(), "ada", PASSWORD)

    elsewhere = am.post("realms/root/authenticate", body)
    other = am.authenticate(body, "authIndexType=service&authIndexValue=Hidden")

    assert elsewhere.json() == other.json() == TIMED_OUT


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_tampered_auth_id_is_refused(am: AmClient, part: int) -> None:
    step = am.start()
    parts = step["authId"].split(".")
    parts[part] = ("A" if parts[part][5] != "A" else "B").join(
        (parts[part][:5], parts[part][6:])
    )
    body = {**answered(step, "ada", PASSWORD), "authId": ".".join(parts)}

    message = is_problem(am.authenticate(body), 400)

    assert message in {"AuthId JWT Signature not valid", "Failed to parse JWT"}


def test_an_auth_id_whose_last_letter_has_changed_is_refused(am: AmClient) -> None:
    step = am.start()
    *_, last = step["authId"]
    for letter in "ABCDabcd0123-_":  # two bits of the last one are spare
        if letter != last:
            body = {**step, "authId": f"{step['authId'][:-1]}{letter}"}
            is_problem(am.authenticate(body), 400)
    is_problem(am.authenticate({**step, "authId": f"{step['authId']}="}), 400)
    is_problem(am.authenticate({**step, "authId": f"{step['authId']}\u00e9"}), 400)


def test_an_auth_id_of_another_key_or_algorithm_is_refused(am: AmClient) -> None:
    step = am.start()
    claims = jwt.decode(step["authId"], options={"verify_signature": False})
    forged = [
        jwt.encode(claims, "k" * 32, "HS256"),
        jwt.encode(claims, None, "none"),
        "",
        "a.b.c",
    ]

    for each in forged:
        body = {**answered(step, "ada", PASSWORD), "authId": each}
        is_problem(am.authenticate(body), 400)


def test_an_auth_id_of_a_server_that_has_ended_is_refused(am: AmClient) -> None:
    step = am.start()
    am.door("POST", "/reset", {})

    assert am.next(step, "ada", PASSWORD) == TIMED_OUT


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("authIndexType=service&authIndexValue=Nope", 400, "No Configuration found"),
        ("authIndexType=module&authIndexValue=LDAP", 400, "Invalid Authentication"),
        ("authIndexType=service", 400, "No Configuration found"),
        ("realm=/nowhere", 400, "Invalid realm, /nowhere"),
        (f"{START}&suspendedId=eyJ0", 401, "org.forgerock.openam.auth.nodes.framework"),
    ],
)
def test_what_is_not_there_is_said_as_am_does(
    am: AmClient, query: str, status: int, message: str
) -> None:
    assert is_problem(am.authenticate(query=query), status).startswith(message)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"1",
        b'"text"',
        b"\xff\xfe",
        b'{"authId": NaN}',
        b'{"authId": 1}',
        b'{"callbacks": []}',
        b'{"authId": null, "callbacks": null}',
        b"[" * 30_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
def test_a_malformed_body_is_a_bad_request(am: AmClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = am.session.post(
        f"{am.url}/am/json/authenticate", data=body, headers=headers
    )

    is_problem(answer, 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/x"])
def test_another_media_type_is_refused(am: AmClient, kind: str) -> None:
    answer = am.session.post(
        f"{am.url}/am/json/authenticate?{START}",
        data=b"{}",
        headers={"Content-Type": kind},
    )

    assert is_problem(answer, 415) == "Unsupported Media Type"


def test_a_body_that_is_too_long_is_refused(am: AmClient) -> None:
    answer = am.authenticate({"authId": "x" * 70_000})

    is_problem(answer, 413)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_refused(am: AmClient, method: str) -> None:
    is_problem(am.session.request(method, f"{am.url}/am/json/authenticate"), 405)


@pytest.mark.parametrize(
    "path",
    ["/am", "/am/json", "/am/xml/authenticate", "/am/json/realms/root/users", "/x"],
)
def test_another_path_is_not_found(am: AmClient, path: str) -> None:
    answer = am.session.post(f"{am.url}{path}")

    assert answer.status_code in {400, 404}
    assert {"code", "reason", "message"} <= answer.json().keys()


def test_bytes_that_are_no_http_are_refused_in_am_s_form(url: str) -> None:
    said = exchange(url, b"GET / HTTP/9.9\r\n\r\n")

    head, _, body = said.partition(b"\r\n\r\n")
    assert b"application/json" in head
    assert {"code", "reason", "message"} <= json.loads(body).keys()


def changed(step: Any, **members: Any) -> Any:
    first, *rest = step["callbacks"]
    return {**step, "callbacks": [{**first, **members}, *rest]}


@pytest.mark.parametrize(
    "change",
    [
        lambda step: {**step, "callbacks": []},
        lambda step: {**step, "callbacks": step["callbacks"][:1]},
        lambda step: {**step, "callbacks": step["callbacks"] * 2},
        lambda step: {**step, "callbacks": step["callbacks"][::-1]},
        lambda step: {**step, "callbacks": {"0": 1}},
        lambda step: {**step, "callbacks": ["x", 1]},
        lambda step: changed(step, type="PasswordCallback"),
        lambda step: changed(step, type=["NameCallback"]),
        lambda step: changed(step, input="ada"),
        lambda step: changed(step, input=["ada"]),
        lambda step: changed(step, input=[{"name": "IDToken1", "value": {"a": 1}}]),
        lambda step: changed(step, input=[{"name": "IDToken1", "value": [1]}]),
        lambda step: changed(step, input=[{"name": "IDToken1", "value": True}]),
        lambda step: changed(step, input=[{"name": "IDToken1", "value": "x" * 9_999}]),
        lambda step: changed(step, input=[{"name": "IDToken1", "value": 10**40}]),
    ],
)
def test_callbacks_that_do_not_fit_are_refused_and_the_step_stays(
    am: AmClient, change: Any
) -> None:
    step = am.start()

    message = is_problem(am.authenticate(change(step)), 400)

    assert "ada" not in message
    assert "authId" in am.next(step, "ada", PASSWORD)


@pytest.mark.parametrize("value", [7, -1, "9", "x", None, 1.5, True, [0]])
def test_a_button_that_is_not_there_is_refused(am: AmClient, value: object) -> None:
    step = at_the_code(am)

    is_problem(am.authenticate(answered(step, "", value)), 400)


@pytest.mark.parametrize("value", [1, "1"])
def test_a_button_is_pressed_by_a_number_or_its_text(
    am: AmClient, value: object
) -> None:
    am.next(at_the_code(am), "", value)

    assert len(am.messages) == 2


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("protocol=1.0,resource=2.1", 200),
        ("resource=2.0, protocol=1.0", 200),
        ("resource=1", 200),
        ("", 200),
        ("protocol=2.0,resource=2.1", 404),
        ("resource=99.0", 404),
        ("nonsense", 400),
    ],
)
def test_versions_of_the_api(am: AmClient, version: str, status: int) -> None:
    answer = am.authenticate(query=START, accept_api_version=version)

    assert answer.status_code == status


def test_a_person_reads_the_languages_that_are_preferred(am: AmClient) -> None:
    german = am.authenticate(query=START, accept_language="de-CH,en;q=0.5").json()
    chosen = am.authenticate(query=f"{START}&locale=de").json()
    french = am.authenticate(query=START, accept_language="fr").json()

    assert (german["header"], chosen["header"]) == ("Anmelden", "Anmelden")
    assert (french["header"], french["description"]) == (
        "Sign in",
        "With your account.",
    )


def succeed(am: AmClient, more: str = "") -> Any:
    step = am.next(am.start(more=more), "ada", PASSWORD)
    step = am.next(step, NUMBER)
    return am.next(step, am.code)


def test_a_success_may_open_no_session(am: AmClient) -> None:
    said = succeed(am, "&noSession=true")

    assert said == {
        "message": "Authentication Successful",
        "successUrl": "/am/console",
        "realm": "/alpha",
    }


@pytest.mark.parametrize(
    ("goto", "leads_to"),
    [
        ("/app?x=1", "/app?x=1"),
        ("http://localhost:3000/app", "http://localhost:3000/app"),
        ("https://evil.example/", "/am/console"),
        ("//evil.example/", "/am/console"),
        ("/\\evil.example/", "/am/console"),
        ("javascript:alert(1)", "/am/console"),
        ("http://[", "/am/console"),
    ],
)
def test_success_leads_to_pages_of_this_machine_alone(
    am: AmClient, goto: str, leads_to: str
) -> None:
    query = requests.compat.urlencode({"goto": goto})  # type: ignore[attr-defined]

    assert succeed(am, f"&{query}")["successUrl"] == leads_to


def sessions(am: AmClient, action: str, body: object = None, **headers: str) -> Any:
    return am.post(f"{am.realm}/sessions/?_action={action}", body, **headers)


def test_a_session_is_said_and_ended(am: AmClient) -> None:
    token = succeed(am)["tokenId"]
    am.session.cookies.clear()

    info = sessions(am, "getSessionInfo", {"tokenId": token}).json()
    by_header = sessions(am, "validate", iPlanetDirectoryPro=token).json()
    by_cookie = sessions(am, "validate", cookie=f"iPlanetDirectoryPro={token}").json()

    assert (info["username"], info["realm"]) == ("ada", "/alpha")
    assert by_header == by_cookie
    assert (by_header["valid"], by_header["uid"]) == (True, "ada")
    properties = sessions(am, "getSessionProperties", iPlanetDirectoryPro=token).json()
    assert properties == info["properties"]
    assert sessions(am, "logout", iPlanetDirectoryPro=token).json() == {
        "result": "Successfully logged out"
    }
    assert sessions(am, "validate", {"tokenId": token}).json() == {"valid": False}
    for action in ("getSessionInfo", "getSessionProperties", "logout", "refresh"):
        assert is_problem(sessions(am, action, {"tokenId": token}), 401)
    is_problem(sessions(am, "steal", {"tokenId": token}), 400)


def test_a_session_that_is_idle_ends_and_one_in_use_lasts_two_hours(
    am: AmClient,
) -> None:
    token = succeed(am)["tokenId"]

    for _ in range(4):
        am.door("POST", "/clock", {"advance_s": 29 * 60})
        assert sessions(am, "refresh", {"tokenId": token}).status_code == 200
    assert sessions(am, "validate", {"tokenId": token}).json()["valid"] is True
    am.door("POST", "/clock", {"advance_s": 5 * 60})
    assert sessions(am, "validate", {"tokenId": token}).json() == {"valid": False}


@pytest.mark.parametrize("body", [[], "text", {"tokenId": 5}, {"tokenId": ["a"]}])
def test_a_session_that_is_named_wrongly_is_not_the_one_of_the_cookie(
    am: AmClient, body: object
) -> None:
    token = succeed(am)["tokenId"]

    assert is_problem(sessions(am, "logout", body), 400).startswith("The request")
    assert sessions(am, "validate", {"tokenId": token}).json()["valid"] is True


def test_the_discovery_document_leads_back_here(am: AmClient) -> None:
    place = f"{am.url}/am/oauth2/realms/root/realms/alpha"

    found = am.session.get(f"{place}/.well-known/openid-configuration").json()

    assert found["issuer"] == place
    assert found["authorization_endpoint"] == f"{place}/authorize"
    is_problem(am.session.get(found["userinfo_endpoint"]), 501)


def test_the_server_s_information_names_the_cookie(am: AmClient) -> None:
    found = am.session.get(f"{am.url}/am/json/realms/root/serverinfo/*").json()

    assert (found["cookieName"], found["realm"]) == ("iPlanetDirectoryPro", "/")


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("http://localhost:3000", True),
        ("http://127.0.0.1:5173", True),
        ("https://app.localhost", True),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://localhost@evil.example", False),
        ("null", False),
    ],
)
def test_pages_of_this_machine_may_use_it_with_cookies(
    am: AmClient, origin: str, *, is_let_in: bool
) -> None:
    asked = "accept-api-version,content-type,x-requested-with"
    preflight = am.session.options(
        f"{am.url}/am/json/authenticate",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        },
    )
    answer = am.authenticate(query=START, origin=origin)

    for each in (preflight, answer):
        shared = each.headers.get("access-control-allow-origin")
        assert (shared == origin) is is_let_in
        credentials = each.headers.get("access-control-allow-credentials")
        assert (credentials == "true") is is_let_in
    assert answer.ok is preflight.ok is is_let_in
    if is_let_in:
        assert preflight.headers["access-control-allow-headers"] == asked


def test_a_walk_goes_back_and_its_step_is_open_again(am: AmClient) -> None:
    step = am.sign_in()
    am.next(step, NUMBER)
    walk = am.door("GET", "/walks")["walks"][-1]

    back = am.door("POST", "/walks/back", {"walk": walk["id"]})

    assert (walk["node"], back["node"]) == ("code", "send")
    assert "authId" in am.next(step, "+15553231299")
    assert [each["to"] for each in am.messages] == [NUMBER, "+15553231299"]


def test_back_beyond_the_begin_and_an_unknown_walk_are_refused(am: AmClient) -> None:
    am.start()
    first = am.door("GET", "/walks")["walks"][0]["id"]

    for walk in (first, "nope"):
        answer = am.session.post(f"{am.url}/_fake/walks/back", json={"walk": walk})
        assert answer.status_code == 400


@pytest.mark.parametrize(
    "rule",
    [
        {"operation": "CreateService", "error": 20500},
        {"operation": "start", "delay_ms": 10},
    ],
)
def test_a_fault_that_could_never_hit_is_refused(
    am: AmClient, rule: dict[str, object]
) -> None:
    answer = am.session.post(f"{am.url}/_fake/faults", json=rule)

    assert answer.status_code == 400


def test_what_the_side_door_says_of_walks_has_no_secrets(am: AmClient) -> None:
    at_the_code(am)
    am.next(am.start(), "ada", PASSWORD)

    said = json.dumps(am.door("GET", "/walks"))

    assert PASSWORD not in said
    assert am.code not in said
    assert NUMBER not in said


def test_numbers_and_what_stands_below_a_secret_name_are_masked_in_the_state() -> None:
    number = {"type": "number", "viewable": True, "userEditable": True}
    names = ["pin", "mobile", "floor", "secrets/age"]
    own: dict[str, object] = dict.fromkeys(names[:3], number)
    own["secrets"] = {"type": "object", "properties": {"age": number}}
    asked = {
        "ask": node(
            "AttributeCollectorNode", {"outcome": "m"}, attributesToCollect=names
        ),
        "m": node("MessageNode", {"true": "SUCCESS", "false": "FAILURE"}),
    }
    made = app(
        found={"Login": journey(asked)},
        tenant={"schema": {"properties": own}},
    )
    with running(made) as url:
        am = AmClient(url)
        am.next(am.start("Login"), 12, 15553231234, 7, 8)
        (walk,) = am.door("GET", "/walks")["walks"]
        found = am.door("GET", f"/walks/one?walk={walk['id']}")

    shared = found["steps"][-1]["state"]["shared"]
    assert shared["objectAttributes"] == {
        "pin": "***",
        "mobile": "***",
        "floor": 7,
        "secrets": {"age": "***"},
    }
    assert "15553231234" not in json.dumps(found)


def test_the_number_of_walks_and_sessions_is_bounded() -> None:
    bounds = JourneyBounds(walks=2, sessions=1, walk_steps=3)
    made = app(bounds=bounds)
    with running(made) as url:
        am = AmClient(url)
        first, second, third = (am.start() for _ in range(3))
        assert am.next(first, "ada", PASSWORD) == TIMED_OUT
        assert "authId" in am.next(second, "ada", PASSWORD)
        step = am.next(am.next(third, "ada", PASSWORD), NUMBER)
        assert am.next(step, "", 1) == TIMED_OUT  # a fourth step
        assert am.next(step, "", 1) == TIMED_OUT
    assert len(made.account.walks) == 2


def test_all_steps_together_are_bounded() -> None:
    made = app(bounds=JourneyBounds(all_steps=4))
    with running(made) as url:
        am = AmClient(url)
        steps = [am.start() for _ in range(6)]
        for step in steps:
            am.next(step, "ada", PASSWORD)
    total = sum(len(walk.steps) for walk in made.account.walks)
    assert total <= 4 + 1


RISK = {
    "who": node("UsernameCollectorNode", {"outcome": "risk"}),
    "risk": node("PingOneProtectNode", {"low": "SUCCESS", "high": "FAILURE"}),
}


def test_what_the_server_cannot_play_names_the_node() -> None:
    with running(app(found={"Login": journey(RISK)})) as url:
        am = AmClient(url)
        answer = am.authenticate(answered(am.start("Login"), "ada"))

    assert "'risk'" in is_problem(answer, 500)


@pytest.mark.parametrize("about", [{"enabled": False}, {"innerTreeOnly": True}])
def test_a_journey_that_cannot_be_started_is_as_if_it_were_not_there(
    about: Mapping[str, bool],
) -> None:
    """PingAM, "Configure authentication trees" (8.1): disabled, or for inner use."""
    made = Journey.read(export(single("Login", RISK, **about)))
    with running(app(found={"Login": made})) as url:
        answer = AmClient(url).authenticate(
            query="authIndexType=service&authIndexValue=Login"
        )

    assert is_problem(answer, 400) == "No Configuration found"


def test_a_walk_knows_its_realm() -> None:
    with running() as url:
        am = AmClient(url)
        am.start()
        (walk,) = am.door("GET", "/walks")["walks"]
        found = am.door("GET", f"/walks/one?walk={walk['id']}")

    assert found["steps"][-1]["state"]["shared"]["realm"] == "/alpha"


def test_a_node_that_does_not_run_has_the_outcome_that_is_chosen() -> None:
    made = app(found={"Login": journey(RISK)}, outcomes={"risk": "low"})
    with running(made) as url:
        am = AmClient(url)

        assert am.next(am.start("Login"), "ada")["tokenId"]


def test_its_pages_are_one_site_under_one_policy(am: AmClient) -> None:
    paths = ("/", "/requests", "/deliveries", "/walks")
    pages = [requests.get(am.url + path, timeout=5) for path in paths]

    assert len({page.headers["Content-Security-Policy"] for page in pages}) == 1
    assert all(f'<a href="{path}"' in page.text for page in pages for path in paths)
