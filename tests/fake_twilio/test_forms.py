"""Bodies of every form that clients send: URL-encoded, multipart, packed, broken."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import requests
from hypothesis import example, given, strategies as st
from urllib3 import encode_multipart_formdata

from tests.fake_twilio.conftest import ACCOUNT, CREDENTIALS, PHONE, SERVICE, Line
from verify_fakes import FakeTwilio, FakeVonage, fake_twilio
from verify_fakes.kit._http import MOST_FIELDS, MalformedForm, fields_of

START = f"https://verify.twilio.com/v2/Services/{SERVICE}/Verifications"
CHECK = f"https://verify.twilio.com/v2/Services/{SERVICE}/VerificationCheck"

#: The same form as written by three clients of others.
WRITTEN = {
    # PHP 8, CURLOPT_POSTFIELDS with an array; curl -F.
    "curl": (
        "multipart/form-data; boundary=------------------------d74496d66958873e",
        (
            "--------------------------d74496d66958873e\r\n"
            'Content-Disposition: form-data; name="To"\r\n\r\n'
            "+15555550100\r\n"
            "--------------------------d74496d66958873e\r\n"
            'Content-Disposition: form-data; name="Channel"\r\n\r\n'
            "sms\r\n"
            "--------------------------d74496d66958873e--\r\n"
        ),
    ),
    # npm form-data 2.3, which twilio-node up to 3.40 sends by way of request.
    "form-data": (
        "multipart/form-data; boundary=--------------------------864512345678901234567",
        (
            "----------------------------864512345678901234567\r\n"
            'Content-Disposition: form-data; name="To"\r\n\r\n'
            "+15555550100\r\n"
            "----------------------------864512345678901234567\r\n"
            'Content-Disposition: form-data; name="Channel"\r\n\r\n'
            "sms\r\n"
            "----------------------------864512345678901234567--"
        ),
    ),
    # A browser's FormData, its boundary in quotes.
    "browser": (
        'Multipart/Form-Data; charset=utf-8; boundary="----WebKitFormBoundaryAb1"',
        (
            "------WebKitFormBoundaryAb1\r\n"
            'content-disposition: form-data; name="To"\r\n'
            "Content-Type: text/plain; charset=UTF-8\r\n\r\n"
            "+15555550100\r\n"
            "------WebKitFormBoundaryAb1\r\n"
            'content-disposition: form-data; name="Channel"\r\n\r\n'
            "sms\r\n"
            "------WebKitFormBoundaryAb1--\r\n"
        ),
    ),
}


def sent(
    twilio: FakeTwilio,
    content_type: str,
    body: bytes | str,
    url: str = START,
    **more: str,
) -> tuple[int, dict[str, Any]]:
    headers = {**CREDENTIALS, "Content-Type": content_type, **more}
    status, _, answered = twilio.handle("POST", url, headers, body)
    return status, json.loads(answered)


@pytest.mark.parametrize("client", WRITTEN)
@pytest.mark.parametrize("as_bytes", [True, False], ids=["bytes", "text"])
def test_a_start_comes_as_other_clients_write_it(client: str, as_bytes: object) -> None:
    twilio = FakeTwilio(seed=1)
    content_type, text = WRITTEN[client]

    status, body = sent(twilio, content_type, text.encode() if as_bytes else text)

    assert (status, body["to"], body["channel"]) == (201, PHONE, "sms")


def test_a_check_by_multipart_is_approved_and_its_code_not_logged(line: Line) -> None:
    line.start()
    body, content_type = encode_multipart_formdata({"To": PHONE, "Code": line.code()})

    status, answer = sent(line.twilio, content_type, body, CHECK)

    assert (status, answer["status"]) == (200, "approved")
    assert line.twilio.requests[-1].form == {"To": PHONE, "Code": "[redacted]"}


def test_requests_reaches_the_fake_without_a_socket_by_multipart() -> None:
    form = {"To": (None, PHONE), "Channel": (None, "sms")}
    with fake_twilio() as twilio:
        answer = requests.post(START, files=form, auth=(ACCOUNT, "x"), timeout=5)

    assert answer.status_code == 201
    assert twilio.outbox[-1].to == PHONE


def test_a_body_that_comes_in_pieces_is_put_together() -> None:
    """A file, and a generator, which requests sends in chunks."""
    content_type, text = WRITTEN["curl"]
    headers = {"Content-Type": content_type}

    def pieces() -> Iterator[bytes]:
        yield text.encode()[:50]
        yield text.encode()[50:]

    with fake_twilio() as twilio:
        for body in (BytesIO(text.encode()), pieces()):
            answer = requests.post(
                START, data=body, headers=headers, auth=(ACCOUNT, "x"), timeout=5
            )
            assert answer.status_code == 201

    assert len(twilio.outbox) == 2


def test_a_repeated_field_is_a_list(line: Line) -> None:
    kinds = ["factor.created", "challenge.approved"]
    body, content_type = encode_multipart_formdata(
        [
            ("FriendlyName", "mine"),
            ("WebhookUrl", "https://example.org/hook"),
            *(("EventTypes", kind) for kind in kinds),
        ]
    )
    url = f"https://verify.twilio.com/v2/Services/{SERVICE}/Webhooks"

    status, answer = sent(line.twilio, content_type, body, url)

    assert (status, answer["event_types"]) == (201, kinds)


def test_a_file_is_no_field(line: Line) -> None:
    body, content_type = encode_multipart_formdata(
        {"To": ("to.txt", PHONE, "text/plain"), "Channel": "sms"}
    )

    status, answer = sent(line.twilio, content_type, body)

    assert (status, answer["message"]) == (400, "Invalid parameter `To`: ")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b"--\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"To=%2B15555550100&Channel=sms"),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\n\r\n--y--\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nNo name here\r\n\r\na\r\n--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: attachment; name=To\r\n\r\na\r\n--x--\r\n",
        ),
        ("multipart/form-data; boundary=" + "x" * 300, b"--" + b"x" * 300 + b"--\r\n"),
    ],
)
def test_a_malformed_body_is_a_bad_request(
    line: Line, content_type: str, body: bytes
) -> None:
    status, answer = sent(line.twilio, content_type, body)

    assert (status, list(answer)) == (400, ["code", "message", "more_info", "status"])
    assert (answer["code"], answer["status"]) == (400, 400)
    assert not line.twilio.outbox


@pytest.mark.parametrize("client", WRITTEN)
def test_a_body_that_breaks_off_anywhere_starts_nothing(client: str) -> None:
    twilio = FakeTwilio(seed=1)
    content_type, text = WRITTEN[client]
    whole = len(text.rstrip("\r\n"))

    statuses = {sent(twilio, content_type, text[:cut])[0] for cut in range(whole)}

    assert statuses == {400}
    assert not twilio.outbox


def test_a_stranger_is_a_stranger_before_the_body_is_judged() -> None:
    headers = {"Content-Type": "multipart/form-data", "Content-Encoding": "gzip"}

    assert FakeTwilio().handle("POST", START, headers, b"?")[0] == 401
    url = "https://api.nexmo.com/v2/verify"
    assert FakeVonage().handle("POST", url, headers, b"?")[0] == 401


@pytest.mark.parametrize("multipart", [True, False], ids=["multipart", "url-encoded"])
def test_a_form_has_a_thousand_fields_at_most(multipart: object) -> None:
    def read(count: int) -> int:
        pairs = [("a", "b")] * count
        if multipart:
            body, content_type = encode_multipart_formdata(pairs)
            return len(fields_of(body, content_type))
        return len(fields_of("&".join("a=b" for _ in pairs)))

    assert read(MOST_FIELDS) == MOST_FIELDS
    with pytest.raises(MalformedForm, match="fields"):
        read(MOST_FIELDS + 1)


NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1)


@given(pairs=st.lists(st.tuples(NAMES, st.text(st.characters(codec="utf-8")))))
@example(pairs=[])
@example(pairs=[("a", "\r\n"), ("a", "\r\n--"), ("b", "")])
def test_what_is_written_is_read(pairs: list[tuple[str, str]]) -> None:
    """Any texts, line breaks and beginnings of a boundary included, in their order."""
    body, content_type = encode_multipart_formdata(pairs, boundary="c0ffee--")

    assert fields_of(body, content_type) == pairs


@given(body=st.binary(), boundary=st.text(max_size=80))
@example(body=b"--x\r\nA:\r\n\r\n\r\n--x--", boundary="x")
def test_any_bytes_are_read_or_malformed(body: bytes, boundary: str) -> None:
    for around in (body, f"--{boundary}\r\n".encode() + body):
        content_type = f"multipart/form-data; boundary={boundary}"
        status, answer = sent(FakeTwilio(seed=1), content_type, around)
        assert (status, answer["code"]) in {(400, 400), (400, 60200)}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "gzip, gzip"])
def test_a_packed_body_is_415_and_says_what_is_taken(line: Line, encoding: str) -> None:
    packed = gzip.compress(b"To=%2B15555550100&Channel=sms")
    headers = {**CREDENTIALS, "Content-Encoding": encoding}

    status, said, answered = line.twilio.handle("POST", START, headers, packed)

    body = json.loads(answered)
    assert (status, body["code"], body["status"]) == (415, 415, 415)
    assert said["Accept-Encoding"] == "identity"
    assert not line.twilio.outbox


def test_a_body_packed_as_itself_is_taken(line: Line) -> None:
    form = "To=%2B15555550100&Channel=sms"
    url_encoded = "application/x-www-form-urlencoded"

    status, _ = sent(line.twilio, url_encoded, form, **{"Content-Encoding": "identity"})

    assert status == 201


def test_without_the_library_the_error_says_where_to_get_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_multipart", None)

    with pytest.raises(ImportError, match=r"verify-core\[testing\]"):
        sent(line.twilio, *WRITTEN["curl"])
