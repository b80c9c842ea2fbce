"""The server in front of a vendor's fake fails as it is asked to, and not otherwise."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import requests
from attrs import define, field

from verify_core.testing import (
    Call,
    Garbage,
    HttpDoors,
    VendorReply,
    VendorRequest,
    json_reply,
)
from verify_core.testing._troubles import PAST_DATE

GO_AHEAD = {"answer": "yes", "left": 3}
SHORT_S = 0.3


@define
class Vendor:
    """A fake that counts what it was asked for, and agrees."""

    seen: list[VendorRequest] = field(factory=list)

    def answer(self, request: VendorRequest) -> VendorReply:
        self.seen.append(request)
        return json_reply(201, GO_AHEAD, X_Request_Id="r1")


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def doors(vendor: Vendor) -> Iterator[HttpDoors]:
    with HttpDoors(answer=vendor.answer) as one:
        yield one


def post(doors: HttpDoors, path: str = "/messages") -> requests.Response:
    return requests.post(
        doors.url + path,
        json={"to": "+1555"},
        timeout=SHORT_S,
        allow_redirects=False,
    )


def test_answer_comes_as_the_fake_gives_it(doors: HttpDoors, vendor: Vendor) -> None:
    answer = post(doors, "/messages?a=b%20c")

    assert (answer.status_code, answer.json()) == (201, GO_AHEAD)
    assert answer.headers["X-Request-Id"] == "r1"
    (seen,) = vendor.seen
    assert (seen.method, seen.target) == ("POST", "/messages?a=b%20c")
    assert json.loads(seen.body) == {"to": "+1555"}
    assert doors.asked() == 1


def test_connection_is_kept_for_further_requests(doors: HttpDoors) -> None:
    connection = http.client.HTTPConnection(doors.url.removeprefix("http://"))
    for _ in range(3):
        connection.request("GET", "/")
        assert connection.getresponse().read()
    connection.close()

    assert doors.asked() == 3


@pytest.mark.parametrize(
    ("arrange", "acted"),
    [("lose_next", 1), ("reset_next", 1), ("drop_next", 0)],
)
def test_connection_ends_without_an_answer(
    doors: HttpDoors, vendor: Vendor, arrange: str, acted: int
) -> None:
    getattr(doors, arrange)()

    with pytest.raises(requests.ConnectionError):
        post(doors)

    assert len(vendor.seen) == acted
    assert post(doors).status_code == 201


def test_reset_is_one(doors: HttpDoors) -> None:
    doors.reset_next()
    host, port = doors.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(100)


@pytest.mark.parametrize("arrange", ["stall_next", "stall"])
def test_stalled_answer_never_comes(
    doors: HttpDoors, vendor: Vendor, arrange: str
) -> None:
    getattr(doors, arrange)()

    with pytest.raises(requests.ReadTimeout):
        post(doors)

    assert len(vendor.seen) == 1


@pytest.mark.parametrize("arrange", ["trickle_next", "trickle"])
def test_trickling_answer_outlives_a_time_out_between_bytes(
    doors: HttpDoors, arrange: str
) -> None:
    getattr(doors, arrange)()
    with requests.post(doors.url, timeout=SHORT_S, stream=True) as answer:
        bytes_ = answer.iter_content(1)
        assert [next(bytes_) for _ in range(12)] == [b" "] * 12


@pytest.mark.parametrize(
    ("status", "acted"),
    [(402, 0), (429, 0), (503, 0), (500, 1), (502, 1), (504, 1)],
)
def test_failure_repeats_the_request(
    doors: HttpDoors, vendor: Vendor, status: int, acted: int
) -> None:
    doors.fail_next(status)

    answer = post(doors)

    assert answer.status_code == status
    assert "+1555" in answer.text
    assert answer.headers.get("Retry-After") == {429: "3", 503: PAST_DATE}.get(status)
    assert len(vendor.seen) == acted


@pytest.mark.parametrize("garbage", Garbage)
def test_garbage_says_that_all_went_well(
    doors: HttpDoors, vendor: Vendor, garbage: Garbage
) -> None:
    doors.garble_next(garbage)

    with requests.post(doors.url, timeout=SHORT_S, stream=True) as answer:
        assert answer.status_code == (202 if garbage is Garbage.ACCEPTED else 201)
        if garbage is Garbage.ACCEPTED:
            assert answer.json() == GO_AHEAD
        elif garbage in {Garbage.BROKEN_OFF, Garbage.COMPRESSED}:
            with pytest.raises(requests.RequestException):
                answer.content  # noqa: B018 - reading it raises
        else:
            assert answer.content != json.dumps(GO_AHEAD).encode()

    assert len(vendor.seen) == 1


def test_redirect_leads_to_where_the_request_would_be_acted_upon(
    doors: HttpDoors, vendor: Vendor
) -> None:
    doors.redirect_next()

    answer = post(doors)

    assert answer.status_code == 307
    assert vendor.seen == []
    requests.post(answer.headers["Location"], json={}, timeout=SHORT_S)
    assert [each.target for each in vendor.seen] == ["/messages"]


def test_refusal_of_the_vendors_own(doors: HttpDoors, vendor: Vendor) -> None:
    doors.answer_next(json_reply(422, {"error": "no pigeons there"}))

    assert post(doors).status_code == 422
    assert vendor.seen == []


def test_refused_connection_is_refused(doors: HttpDoors) -> None:
    session = requests.Session()
    assert session.post(doors.url, timeout=SHORT_S).status_code == 201

    doors.refuse_connections()

    host, port = doors.url.removeprefix("http://").split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
    with pytest.raises(requests.ConnectionError, match="refused"):
        session.post(doors.url, timeout=SHORT_S)
    session.close()


def test_fault_waits_for_its_call(vendor: Vendor) -> None:
    def call_of(request: VendorRequest) -> Call | None:
        return Call.START if request.target == "/messages" else None

    with HttpDoors(answer=vendor.answer, call_of=call_of) as doors:
        doors.fail_next(503, Call.CHECK)
        doors.fail_next(500, Call.START)
        assert post(doors, "/token").status_code == 201
        assert post(doors, "/messages").status_code == 500
        assert post(doors, "/messages").status_code == 201


def test_changed_answers_are_the_fakes_own(doors: HttpDoors) -> None:
    doors.change_answers(lambda _request, own: json_reply(own.status, {"odd": True}))

    assert post(doors).json() == {"odd": True}


def test_fake_that_raises_is_named_at_the_end() -> None:
    def answer(_request: VendorRequest) -> VendorReply:
        raise KeyError("123456")

    with (
        pytest.raises(RuntimeError, match="KeyError at POST") as caught,
        HttpDoors(answer=answer) as doors,
    ):
        assert post(doors).status_code == 500
    assert "123456" not in str(caught.value)


def test_fake_is_asked_by_one_thread_after_the_other() -> None:
    inside = threading.Lock()

    def answer(_request: VendorRequest) -> VendorReply:
        with_nobody_else = inside.acquire(blocking=False)
        assert with_nobody_else
        try:
            return VendorReply(body=b"ok")
        finally:
            inside.release()

    with HttpDoors(answer=answer) as doors:
        threads = [threading.Thread(target=post, args=[doors]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("202 Accepted", [("X-Path", environ["PATH_INFO"])])
    return [environ["HTTP_X_KEY"].encode(), b" ", body]


async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401
    body = (await receive())["body"]
    headers = dict(scope["headers"])
    path = scope["path"].encode()
    start = {"type": "http.response.start", "headers": [(b"X-Path", path)]}
    await send({**start, "status": 202})
    await send({"type": "http.response.body", "body": headers[b"x-key"] + b" "})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize("how", ["wsgi", "asgi", "forward_to"])
def test_fake_may_be_an_application_or_listen_by_itself(how: str) -> None:
    with HttpDoors(wsgi=wsgi) as behind:
        fake = {"wsgi": wsgi, "asgi": asgi, "forward_to": behind.url}[how]
        with HttpDoors(**{how: fake}) as doors:  # type: ignore[arg-type]
            answer = requests.post(
                f"{doors.url}/a%20b", b"hello", headers={"X-Key": "k"}, timeout=2
            )

    assert (answer.status_code, answer.text) == (202, "k hello")
    assert answer.headers["X-Path"] == "/a b"


def test_body_in_chunks_arrives_whole(doors: HttpDoors, vendor: Vendor) -> None:
    requests.post(doors.url, data=iter([b"one ", b"two"]), timeout=SHORT_S)

    assert vendor.seen[0].body == b"one two"


@pytest.mark.parametrize("fakes", [{}, {"wsgi": wsgi, "forward_to": "http://a"}])
def test_one_fake_is_named(fakes: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="one of"):
        HttpDoors(**fakes)
