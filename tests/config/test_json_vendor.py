"""What `JsonVendor` makes of answers, tried without a network."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import unquote

import pytest
from attrs import evolve
from hypothesis import assume, given, strategies as st

from verify_core import (
    CancelOutcome,
    Capabilities,
    CheckResult,
    ProviderSettings,
    Secret,
    Started,
    StartRequest,
    Status,
    VerificationRef,
    VerificationState,
    read_phone,
)
from verify_core.errors import (
    Ambiguous,
    InvalidSetting,
    Misconfigured,
    NotSupported,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_core.registry import read_url
from verify_providers.conversations import run
from verify_providers.http import (
    Ask,
    AsyncHttpProvider,
    HttpAnswer,
    HttpConversation,
    HttpProvider,
    HttpRequest,
    JsonVendor,
    NoAnswer,
    Reach,
    Reply,
)

REQUEST = StartRequest(identifier=read_phone("+1 555 323 1234"))
LOST = NoAnswer(maybe_sent=True, reason="no answer in time")


class Post(JsonVendor):
    name, title = "post", "Post"
    capabilities = Capabilities(channels=["sms", "call"])
    id_form = re.compile("[0-9]{4}")

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> HttpConversation[Started]:
        body = yield from self.ask("POST", "/sms", expected=201)
        sending = self.sending(request, previous)
        return Started(ref=sending.ref(self.id_in(body)))

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> HttpConversation[CheckResult]:
        raise NotImplementedError


POST = Post()
ADDRESS = "https://post.example"


def answer(status: int, body: str) -> HttpAnswer:
    return HttpAnswer(status=status, body=body.encode())


def reference() -> VerificationRef:
    start = POST.start(REQUEST, None)
    return run(start, lambda _ask: answer(201, '{"id": "4711"}')).ref


def ask(
    method: str,
    reply: Reply,
    ref: VerificationRef | None = None,
    *,
    answer_has_id: bool = True,
) -> object:
    question = POST.ask(
        method, "/sms/{id}", expected=200, ref=ref, answer_has_id=answer_has_id
    )
    return run(question, lambda _ask: reply)


def test_headers_of_a_question_go_with_it_and_are_not_shown() -> None:
    asked: list[HttpRequest] = []

    def reply(ask: Ask) -> HttpAnswer:
        asked.append(ask.request)
        return answer(201, "{}")

    key = {"X-API-Key": "hush"}
    run(POST.ask("POST", "/sms", expected=201, headers=key), reply)
    run(POST.ask("POST", "/sms", expected=201), reply)

    assert [dict(request.headers) for request in asked] == [key, {}]
    assert "hush" not in repr(asked)


@pytest.mark.parametrize("make", [HttpProvider, AsyncHttpProvider])
def test_a_vendor_may_do_without_an_authorization(
    make: type[HttpProvider | AsyncHttpProvider],
) -> None:
    provider = make(POST, address=ADDRESS, credentials=None, reach=Reach())

    assert provider.name == "post"


class Kiosk(JsonVendor):
    """A vendor of other names and statuses, as the tutorial mentions them."""

    name, title = "kiosk", "Kiosk"
    capabilities = Capabilities(channels=["sms"], cancel="yes", fetch="id")
    id_form = re.compile("[0-9]{4}")
    id_member = "request_id"
    error_member = "message"
    refusals: ClassVar = {
        410: (Refused, "already over"),
        425: (TooSoon, "wait a little"),
    }

    start, check = Post.start, Post.check

    def fetch(self, ref: VerificationRef) -> HttpConversation[VerificationState]:
        body = yield from self.ask("GET", "/sms/{id}", ref=ref, expected=200)
        word = None if body is None else body.get("status")
        known = {"open": Status.PENDING}
        return VerificationState(status=known.get(str(word), Status.UNKNOWN))

    def cancel(self, ref: VerificationRef) -> HttpConversation[CancelOutcome]:
        try:
            body = yield from self.ask("DELETE", "/sms/{id}", ref=ref, expected=204)
        except Refused as error:
            if error.http_status != HTTPStatus.GONE:
                raise
            return CancelOutcome.GONE
        return CancelOutcome.GONE if body is None else CancelOutcome.CANCELED


def test_a_vendor_of_other_names_and_statuses_sets_them_as_attributes() -> None:
    kiosk = Kiosk()
    begun = answer(201, '{"request_id": "4711"}')
    ref = run(kiosk.start(REQUEST, None), lambda _ask: begun).ref
    assert ref.vendor_id == "4711"

    for status, text, outcome in (
        (204, "", CancelOutcome.CANCELED),
        (404, '{"message": "unknown"}', CancelOutcome.GONE),
        (410, "{}", CancelOutcome.GONE),
    ):
        reply = answer(status, text)
        assert run(kiosk.cancel(ref), lambda _ask, reply=reply: reply) is outcome

    stands = answer(200, '{"request_id": "4711", "status": "open"}')
    assert run(kiosk.fetch(ref), lambda _ask: stands).status is Status.PENDING
    gone = answer(404, '{"message": "unknown"}')
    assert run(kiosk.fetch(ref), lambda _ask: gone).status is Status.UNKNOWN
    with pytest.raises(TooSoon):
        run(kiosk.start(REQUEST, None), lambda _ask: answer(425, "{}"))


@pytest.mark.parametrize(
    ("method", "reply", "error"),
    [
        ("GET", LOST, Unavailable),
        ("POST", LOST, Ambiguous),
        ("DELETE", LOST, Ambiguous),
        ("GET", answer(500, ""), Unavailable),
        ("POST", answer(500, ""), Ambiguous),
        ("POST", answer(401, ""), Misconfigured),
        ("POST", answer(402, ""), Misconfigured),
        ("POST", answer(429, ""), Throttled),
        ("POST", answer(503, ""), Unavailable),
        ("POST", answer(404, '{"error": "gone"}'), Unexpected),
        ("POST", answer(418, "{}"), Unexpected),
        ("POST", answer(302, "{}"), Unexpected),
    ],
)
def test_answer_without_success_is_the_error_of_the_table(
    method: str, reply: Reply, error: type[VerifyError]
) -> None:
    with pytest.raises(VerifyError) as caught:
        ask(method, reply)

    assert type(caught.value) is error


def test_vendors_own_404_of_a_verification_is_none_and_a_proxys_is_not() -> None:
    ref = reference()

    assert ask("POST", answer(404, '{"error": "gone"}'), ref) is None
    with pytest.raises(Unexpected):
        ask("POST", answer(404, "<h1>Not Found</h1>"), ref)


@pytest.mark.parametrize("answer_has_id", [True, False])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"id": "4712"}', "the answer names another verification"),
        ('{"id": 4711}', "the answer names another verification"),
        ('{"id": ""}', "the answer names another verification"),
        ('{"id": null}', "the answer names no verification"),
        ("[]", "the answer is not a JSON object"),
        ("null", "the answer is not a JSON object"),
        ("<h1>OK</h1>", "the answer is not a JSON object"),
        ('{"id": "4712", "id": "4711"}', "the answer is not a JSON object"),
    ],
)
def test_answer_about_another_verification_counts_for_nothing(
    body: str,
    said: str,
    answer_has_id: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    ref = reference()

    with pytest.raises(Unexpected) as caught:
        ask("POST", answer(200, body), ref, answer_has_id=answer_has_id)

    assert caught.value.ref == ref
    assert str(caught.value) == said


@pytest.mark.parametrize("body", ["{}", '{"result": "ok"}'])
def test_answer_without_an_id_counts_only_where_the_vendor_s_have_none(
    body: str,
) -> None:
    ref, reply = reference(), answer(200, body)

    with pytest.raises(Unexpected, match=r"^the answer names no verification$"):
        ask("POST", reply, ref)
    assert ask("POST", reply, ref, answer_has_id=False) == json.loads(body)


@pytest.mark.parametrize("body", [None, b"", b"[]", b"<html>"])
@pytest.mark.parametrize(("method", "maybe_sent"), [("GET", False), ("POST", True)])
def test_answer_without_a_readable_object_counts_nowhere(
    body: bytes | None, method: str, *, maybe_sent: bool
) -> None:
    """None is a body of over 1 MiB, or in an encoding that was not asked for."""
    with pytest.raises(Unexpected, match="not a JSON object") as caught:
        ask(method, HttpAnswer(status=200, body=body), reference(), answer_has_id=False)

    assert caught.value.http_status == 200
    assert caught.value.maybe_sent is maybe_sent


@given(st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()))
def test_only_the_verification_s_own_id_is_its_name(named: object) -> None:
    ref, reply = reference(), answer(200, json.dumps({"id": named}))
    assume(named != "4711")

    for answer_has_id in (True, False):
        with pytest.raises(Unexpected):
            ask("POST", reply, ref, answer_has_id=answer_has_id)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "the answer names no verification"),
        ('{"id": null}', "the answer names no verification"),
        ('{"id": "+15553231234"}', "the answer's id has an unknown form"),
        ('{"id": 4711}', "the answer's id has an unknown form"),
    ],
)
def test_start_without_a_usable_id_says_what_is_wrong(body: str, said: str) -> None:
    with pytest.raises(Unexpected) as caught:
        run(POST.start(REQUEST, None), lambda _ask: answer(201, body))

    assert str(caught.value) == said


def test_resend_by_either_way_has_this_request_s_channel_and_counts_on() -> None:
    first = evolve(reference(), vendor_data={"a": "b"})

    sending = POST.sending(evolve(REQUEST, channel="call"), first)

    assert sending.again is not None
    for ref, vendor_id in ((sending.ref("4712"), "4712"), (sending.again, "4711")):
        assert (ref.vendor_id, ref.channel, ref.sends) == (vendor_id, "call", 2)
        assert ref.attempt_id == first.attempt_id
    assert sending.again.vendor_data == first.vendor_data
    assert not sending.ref("4712").vendor_data


def test_clock_of_a_vendor_is_the_one_that_it_was_made_with() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)

    assert Post(clock=lambda: now).clock() == now


@pytest.mark.parametrize("host", ["post.example", "post.example:8443", "[::1]:8443"])
def test_host_of_a_url_is_the_address_where_the_author_says_so(host: str) -> None:
    settings = read_url(f"post://:KEY@{host}?timeout=2")

    named = Reach.from_settings(settings, host_is_address=True)

    assert named.base_url == f"https://{host}"
    assert named.timeout == timedelta(seconds=2)
    assert Reach.from_settings(settings).base_url is None


def test_address_of_a_url_goes_before_its_host() -> None:
    settings = read_url("post://:KEY@post.example?base_url=http://127.0.0.1:8000")

    reach = Reach.from_settings(settings, host_is_address=True)

    assert reach.base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "host", ["a%20b", "post.example:port", "a%2Fb", "a%40b", "a%3Fb", "[post"]
)
def test_host_that_is_none_is_refused_and_not_shown(host: str) -> None:
    settings = ProviderSettings(name="post", host=unquote(host))

    with pytest.raises(InvalidSetting, match=r"^host: takes") as caught:
        Reach.from_settings(settings, host_is_address=True)

    assert unquote(host) not in str(caught.value)
    assert caught.value.__context__ is None


def test_lost_answer_keeps_the_reference_whose_code_may_work() -> None:
    ref = reference()

    with pytest.raises(Ambiguous) as caught:
        ask("POST", LOST, ref)

    assert caught.value.ref == ref


def test_id_stands_in_the_path_and_not_in_the_one_that_logs_show() -> None:
    seen: list[HttpRequest] = []

    def perform(step: Ask) -> HttpAnswer:
        seen.append(step.request)
        return answer(200, '{"id": "4711"}')

    run(POST.ask("POST", "/sms/{id}", expected=200, ref=reference()), perform)

    assert (seen[0].path, seen[0].shown_path) == ("/sms/4711", "/sms/***")


def test_what_a_vendor_leaves_out_is_refused_without_a_question() -> None:
    def never(_ask: object) -> HttpAnswer:
        raise AssertionError

    ref = reference()
    foreign = evolve(ref, provider="other")

    assert run(POST.cancel(ref), never) is CancelOutcome.NOT_SUPPORTED
    assert run(POST.cancel(foreign), never) is CancelOutcome.GONE
    with pytest.raises(NotSupported):
        run(POST.fetch(ref), never)


def test_key_differs_by_person_message_and_attempt() -> None:
    first = evolve(REQUEST, attempt_id="a")
    other = evolve(first, identifier=read_phone("+44 7700 900123"))
    ref = reference()
    sendings = [
        POST.sending(first, None),
        POST.sending(other, None),
        POST.sending(evolve(first, attempt_id="b"), None),
        POST.sending(first, ref),
    ]

    assert len({sending.key for sending in sendings}) == 4
    assert POST.sending(first, None).key == sendings[0].key
