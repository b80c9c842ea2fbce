"""What `JsonVendor` makes of answers, tried without a network."""

from __future__ import annotations

import re

import pytest
from attrs import evolve

from verify_core import (
    CancelOutcome,
    Capabilities,
    CheckResult,
    Secret,
    Started,
    StartRequest,
    VerificationRef,
    read_phone,
)
from verify_core.errors import (
    Ambiguous,
    Misconfigured,
    NotSupported,
    Throttled,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_providers.conversations import run
from verify_providers.http import (
    Ask,
    HttpAnswer,
    HttpConversation,
    HttpRequest,
    JsonVendor,
    NoAnswer,
    Reply,
)

REQUEST = StartRequest(identifier=read_phone("+1 555 323 1234"))
LOST = NoAnswer(maybe_sent=True, reason="no answer in time")


class Post(JsonVendor):
    name, title = "post", "Post"
    capabilities = Capabilities(channels=["sms"])
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


def answer(status: int, body: str) -> HttpAnswer:
    return HttpAnswer(status=status, body=body.encode())


def reference() -> VerificationRef:
    start = POST.start(REQUEST, None)
    return run(start, lambda _ask: answer(201, '{"id": "4711"}')).ref


def ask(method: str, reply: Reply, ref: VerificationRef | None = None) -> object:
    question = POST.ask(method, "/sms/{id}", expected=200, ref=ref)
    return run(question, lambda _ask: reply)


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


@pytest.mark.parametrize("body", ["", "{}", '{"id": "4712"}', '{"id": 4711}', "[]"])
def test_answer_about_another_verification_counts_for_nothing(body: str) -> None:
    ref = reference()

    with pytest.raises(Unexpected) as caught:
        ask("POST", answer(200, body), ref)

    assert caught.value.ref == ref


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
