"""The blocking and the awaiting driver, which must answer alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.awaited import AwaitedClient
from verify_providers.http import HttpAnswer, HttpRequest, NoAnswer
from verify_providers.http._blocking import HttpClient

GET = HttpRequest(method="GET", path="/a/+15553231234", shown_path="/a/***")
POST = HttpRequest(method="POST", path="/a", shown_path="/a", body=b"x=1")

SLACK_S = 1.5
"""What a busy machine may add to a deadline."""

DRIVERS = {"blocking": HttpClient, "awaited": AwaitedClient}
chosen: list[str] = []
"""The one that `client` makes, last; set by the fixture `driver`."""


@contextmanager
def client(
    url: str,
    **options: Any,  # noqa: ANN401 - as theirs
) -> Iterator[HttpClient | AwaitedClient]:
    made = DRIVERS[chosen[-1]](base_url=url, **options)
    yield made
    made.close()


def zero() -> float:
    return 0.0


def ask(
    url: str, request: HttpRequest = POST, seconds: float = 2
) -> HttpAnswer | NoAnswer:
    with client(url) as made:
        return made.exchange(
            request,
            authorization="Basic eA==",
            seconds=seconds,
            elapsed_s=zero,
        )
