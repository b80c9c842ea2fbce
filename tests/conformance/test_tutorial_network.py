"""The tutorial's provider on a network that misbehaves: what the shipped ones do."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import define, evolve
from verify_pigeon import AsyncPigeonPost, PigeonPost
from verify_pigeon.bench import KEY, Clock, doors_to
from verify_pigeon.vendor import PigeonLoft

from verify_core.errors import (
    Ambiguous,
    InvalidSetting,
    Misconfigured,
    Throttled,
    Unavailable,
    Unexpected,
)
from verify_core.masking import Secret
from verify_core.phone import read_phone
from verify_core.testing import HttpDoors, VendorReply
from verify_core.testing._awaited import Blocking
from verify_core.verification import StartHints, StartRequest, Verdict
from verify_providers.http import Reach

NUMBER = read_phone("+1 555 323 1234")
REQUEST = StartRequest(identifier=NUMBER)
TIMEOUT = timedelta(seconds=0.5)
HUGE = "9" * 30


@define
class Line:
    """Pigeon Post behind doors, and a provider that asks it."""

    doors: HttpDoors
    provider: PigeonPost | Blocking
    loft: PigeonLoft
    build: Callable[..., PigeonPost | Blocking]

    def says(self, status: int, body: object, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.doors.answer_next(VendorReply(status=status, headers=names, body=raw))

    def code(self) -> str:
        return self.loft.arrived[-1][1]


@pytest.fixture(params=["blocking", "awaited"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    clock = Clock()
    loft = PigeonLoft(clock.now)
    with doors_to(loft) as doors, ExitStack() as built:

        def build(
            key: str | Secret | Path = KEY, url: str = doors.url
        ) -> PigeonPost | Blocking:
            reach = Reach(base_url=url, timeout=TIMEOUT)
            if request.param == "blocking":
                made = PigeonPost(key, reach=reach, clock=clock.now)
                return built.enter_context(made)
            awaited = AsyncPigeonPost(key, reach=reach, clock=clock.now)
            return built.enter_context(Blocking(awaited))

        yield Line(doors, build(), loft, build)


def test_trickling_answer_is_given_up_in_time(line: Line) -> None:
    line.doors.trickle()
    began = time.monotonic()

    with pytest.raises(Ambiguous):
        line.provider.start(REQUEST)

    assert time.monotonic() - began < 3 * TIMEOUT.total_seconds()


@pytest.mark.parametrize("wait", [HUGE, "-1", "soon", "1e9"])
def test_unreadable_wait_is_no_wait(line: Line, wait: str) -> None:
    line.says(429, {}, Retry_After=wait)

    with pytest.raises(Throttled) as caught:
        line.provider.start(REQUEST)

    assert caught.value.retry_after is None


def test_readable_wait_reaches_the_caller(line: Line) -> None:
    line.says(503, {}, Retry_After="7")

    with pytest.raises(Unavailable) as caught:
        line.provider.start(REQUEST)

    assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("life", [int(HUGE), -1, 1e400, "600", True, None, [600]])
def test_unreadable_life_time_does_not_lose_a_message_that_left(
    line: Line, life: object
) -> None:
    line.says(201, {"id": "bird-7", "expires_in_s": life})

    started = line.provider.start(REQUEST)

    assert (started.ref.vendor_id, started.expires_at) == ("bird-7", None)


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"id":' * 100_000, b"\xff", b"", b"null", b"[]", b'{"id":5}'],
)
def test_unreadable_start_is_unexpected_and_maybe_sent(line: Line, body: bytes) -> None:
    line.says(201, body)

    with pytest.raises(Unexpected) as caught:
        line.provider.start(REQUEST)

    assert caught.value.maybe_sent


@pytest.mark.parametrize(
    "vendor_id", ["14155552671", "..", "bird-1/again", "", "bird-"]
)
def test_id_of_another_form_is_kept_nowhere(line: Line, vendor_id: str) -> None:
    ref = line.provider.start(REQUEST).ref
    line.says(201, {"id": vendor_id, "expires_in_s": 600})

    with pytest.raises(Unexpected) as caught:
        line.provider.start(REQUEST)

    assert not vendor_id or vendor_id not in repr(caught.value)
    asked = line.doors.asked()
    strange = evolve(ref, vendor_id=vendor_id)
    assert line.provider.check(strange, "000000").verdict is Verdict.GONE
    assert line.doors.asked() == asked


@pytest.mark.parametrize("status", [200, 204, 302, 307, 400, 404, 418])
def test_status_that_no_document_names_is_unexpected(line: Line, status: int) -> None:
    line.says(status, b"", Location="/elsewhere")

    with pytest.raises(Unexpected):
        line.provider.start(REQUEST)

    assert line.loft.arrived == []


@pytest.mark.parametrize("status", [500, 502, 504])
def test_failure_inside_is_ambiguous(line: Line, status: int) -> None:
    line.doors.fail_next(status)

    with pytest.raises(Ambiguous):
        line.provider.start(REQUEST)


def test_lost_resend_leaves_a_reference_that_can_be_checked(line: Line) -> None:
    first = line.provider.start(REQUEST).ref
    line.doors.lose_next()

    with pytest.raises(Ambiguous) as caught:
        line.provider.start(REQUEST, previous=first)

    assert caught.value.ref is not None
    assert caught.value.ref.sends == 2
    result = line.provider.check(caught.value.ref, line.code())
    assert result.verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    "body",
    [
        {"result": "match"},
        {"id": "bird-9", "result": "match"},
        {"id": None, "result": "match"},
        {"id": ["bird-0"], "result": "match"},
    ],
)
def test_approval_of_another_message_approves_nothing(
    line: Line, body: dict[str, object]
) -> None:
    ref = line.provider.start(REQUEST).ref
    line.says(200, body)

    with pytest.raises(Unexpected):
        line.provider.check(ref, "000000")


def test_proxys_404_is_no_word_of_the_vendors(line: Line) -> None:
    ref = line.provider.start(REQUEST).ref
    for call in (
        lambda: line.provider.check(ref, "000000"),
        lambda: line.provider.cancel(ref),
        lambda: line.provider.start(REQUEST, previous=ref),
    ):
        line.says(404, b"<h1>Not Found</h1>")
        with pytest.raises(Unexpected):
            call()


@pytest.mark.parametrize("life", [timedelta(seconds=1), timedelta(days=9999)])
def test_life_time_that_the_vendor_does_not_take_is_listed(
    line: Line, life: timedelta
) -> None:
    request = evolve(REQUEST, hints=StartHints(time_to_live=life))

    assert line.provider.start(request).ignored_hints == ("time_to_live",)


def test_hints_that_come_too_late_for_a_message_are_listed(line: Line) -> None:
    ref = line.provider.start(REQUEST).ref
    late = evolve(REQUEST, hints=StartHints(code_length=8))

    assert line.provider.start(late, previous=ref).ignored_hints == ("code_length",)


def test_vendor_that_speaks_no_tls_was_sent_nothing(line: Line) -> None:
    url = line.doors.url.replace("http:", "https:")
    provider = line.build(url=url)

    with pytest.raises(Unavailable):
        provider.start(REQUEST)


@pytest.mark.parametrize(
    "url", ["pigeon-post.example", "//x.example", "http://pigeon-post.example", "x:y"]
)
@pytest.mark.parametrize("kind", [PigeonPost, AsyncPigeonPost])
def test_address_that_would_show_the_key_is_refused_at_once(
    kind: type[PigeonPost | AsyncPigeonPost], url: str
) -> None:
    with pytest.raises(InvalidSetting, match="base_url"):
        kind(KEY, reach=Reach(base_url=url))


def test_key_in_a_file_is_read_anew_for_each_request(
    line: Line, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("an old one")
    provider = line.build(key)
    with pytest.raises(Misconfigured):
        provider.start(REQUEST)

    key.write_text(f"{KEY}\n")

    assert provider.start(REQUEST).ref.vendor_id


def test_key_that_cannot_be_written_was_sent_nowhere(line: Line) -> None:
    provider = line.build(f"{KEY}\r\nX-Key: 1")

    with pytest.raises(Misconfigured):
        provider.start(REQUEST)

    assert line.doors.asked() == 0


def test_environment_gets_neither_the_key_nor_the_question(
    line: Line, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")

    line.provider.start(REQUEST)

    assert [to for to, _code in line.loft.arrived] == [NUMBER.value]


def test_no_log_shows_number_code_or_key(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ref = line.provider.start(REQUEST).ref
    again = line.provider.start(REQUEST, previous=ref).ref
    line.provider.check(again, line.code())
    line.provider.cancel(again)

    if isinstance(line.provider, PigeonPost):  # aiohttp logs no request
        assert "POST /messages/***/guess" in caplog.text
    for secret in (NUMBER.value[1:], "5553231234", line.code(), KEY):
        assert secret not in caplog.text


def test_one_persons_reference_never_sends_to_another(line: Line) -> None:
    theirs = line.provider.start(REQUEST).ref
    other = StartRequest(identifier=read_phone("+44 7700 900123"))

    started = line.provider.start(other, previous=theirs)

    assert [to for to, _code in line.loft.arrived] == [NUMBER.value, "+447700900123"]
    assert started.ref.vendor_id != theirs.vendor_id
    assert started.ignored_hints == ("previous",)


def test_building_it_asks_the_vendor_nothing(line: Line) -> None:
    line.build(Secret(KEY)).close()

    assert line.doors.asked() == 0


def test_closed_provider_opens_what_it_needs_again(line: Line) -> None:
    line.provider.start(REQUEST)
    line.provider.close()
    line.provider.close()

    assert line.provider.start(REQUEST).ref.vendor_id
