"""Lists: every item exactly once and in order, whatever the size of a page."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings, strategies as st

from tests.fake_twilio.conftest import CREDENTIALS, Line
from verify_fakes import FakeTwilio
from verify_fakes.kit._bounded import Cursor, Page, Shelf, Side

SERVICE = "VA" + "0" * 32
LIMITS = f"/v2/Services/{SERVICE}/RateLimits"


def shelf_of(values: int, most: int = 1_000) -> Shelf[int]:
    shelf: Shelf[int] = Shelf(most)
    for value in range(values):
        shelf.add(str(value), value)
    return shelf


def pages_of(shelf: Shelf[int], size: int, **how: Any) -> list[Page[int]]:  # noqa: ANN401
    """All pages, each found by the cursor of the one before."""
    pages = [shelf.page(size, **how)]
    while pages[-1].after is not None:
        pages.append(shelf.page(size, cursor=pages[-1].after, **how))
    return pages


@given(st.integers(0, 40), st.integers(1, 12), st.booleans(), st.booleans())
def test_every_item_once_and_in_order(
    values: int,
    size: int,
    newest_first: bool,  # noqa: FBT001  drawn
    even: bool,  # noqa: FBT001  drawn
) -> None:
    wanted = [value for value in range(values) if not even or value % 2 == 0]
    if newest_first:
        wanted.reverse()

    pages = pages_of(
        shelf_of(values),
        size,
        newest_first=newest_first,
        matches=lambda value: not even or value % 2 == 0,
    )

    assert [item for page in pages for item in page.items] == wanted
    assert all(len(page.items) == size for page in pages[:-1])


@given(st.integers(1, 40), st.integers(1, 12), st.booleans())
def test_the_way_back_meets_the_same_pages(
    values: int,
    size: int,
    newest_first: bool,  # noqa: FBT001 - drawn
) -> None:
    shelf = shelf_of(values)
    pages = pages_of(shelf, size, newest_first=newest_first)

    for earlier, later in pairwise(pages):
        back = shelf.page(size, cursor=later.before, newest_first=newest_first)
        assert back.items == earlier.items
    assert pages[0].before is None


@given(
    st.integers(1, 30),
    st.integers(1, 7),
    st.sets(st.integers(0, 29)),
    st.integers(0, 9),
)
def test_what_comes_and_goes_between_pages_moves_nothing_else(
    values: int, size: int, gone: set[int], more: int
) -> None:
    """What stays is seen exactly once, though others are deleted and created."""
    shelf = shelf_of(values)
    page = shelf.page(size)
    seen = list(page.items)
    for value in gone:
        shelf.remove(str(value))
    for value in range(100, 100 + more):
        shelf.add(str(value), value)
    while page.after is not None:
        page = shelf.page(size, cursor=page.after)
        seen += page.items

    assert sorted(set(seen)) == sorted(seen)
    assert set(range(values)) - gone <= set(seen)


def test_a_page_before_a_place_is_shorter_where_less_is_left() -> None:
    shelf = shelf_of(6)
    before = pages_of(shelf, 3)[1].before
    shelf.remove("0")

    assert shelf.page(3, cursor=before) == Page(
        items=(1, 2), before=None, after=Cursor(Side.AFTER, 3)
    )


def test_the_first_page_has_no_token(line: Line) -> None:
    for name in "abc":
        line.call("POST", LIMITS, UniqueName=name)
    _, first = line.call("GET", f"{LIMITS}?PageSize=1")
    second = follow(line.twilio, first["meta"]["next_page_url"])

    assert second["meta"]["first_page_url"] == first["meta"]["url"]


def test_a_full_shelf_loses_the_oldest() -> None:
    shelf = shelf_of(5, most=3)

    assert list(shelf) == [2, 3, 4]
    assert shelf.full
    assert "1" not in shelf


def test_a_cursor_beyond_the_end_finds_an_empty_page() -> None:
    page = shelf_of(3).page(2, cursor=Cursor(Side.AFTER, 99))

    assert page == Page(items=(), before=None, after=None)


@settings(max_examples=25)
@given(st.integers(0, 10), st.integers(1, 6))
def test_over_the_wire_the_addresses_lead_through_all(count: int, size: int) -> None:
    """First page, next pages and the way back, by nothing but the addresses."""
    twilio = FakeTwilio(seed=1)
    made = [
        call(twilio, "POST", LIMITS, f"UniqueName=n{n}")["sid"] for n in range(count)
    ]

    answers = [call(twilio, "GET", f"{LIMITS}?PageSize={size}")]
    while answers[-1]["meta"]["next_page_url"]:
        answers.append(follow(twilio, answers[-1]["meta"]["next_page_url"]))

    seen = [item["sid"] for body in answers for item in body["rate_limits"]]
    assert seen == made
    for number, body in enumerate(answers):
        assert (body["meta"]["page"], body["meta"]["page_size"]) == (number, size)
        assert follow(twilio, body["meta"]["url"])["rate_limits"] == body["rate_limits"]
    if answers[-1]["meta"]["previous_page_url"]:
        back = follow(twilio, answers[-1]["meta"]["previous_page_url"])
        assert back["rate_limits"] == answers[-2]["rate_limits"]


def test_the_envelope_is_the_documents(line: Line) -> None:
    _, body = line.call("GET", f"{LIMITS}")

    url = f"https://verify.twilio.com{LIMITS}?PageSize=50&Page=0"
    assert body == {
        "rate_limits": [],
        "meta": {
            "key": "rate_limits",
            "page": 0,
            "page_size": 50,
            "first_page_url": url,
            "previous_page_url": None,
            "url": url,
            "next_page_url": None,
        },
    }


def test_addresses_are_of_the_clients_own_host(twilio: FakeTwilio) -> None:
    for name in "ab":
        call(twilio, "POST", LIMITS, f"UniqueName={name}")
    url = f"http://127.0.0.1:4010{LIMITS}?PageSize=1"
    _, _, answered = twilio.handle("GET", url, CREDENTIALS)

    assert b'"next_page_url":"http://127.0.0.1:4010/v2/Services/' in answered


def test_addresses_keep_the_filters(line: Line) -> None:
    for to in ("+15555550100", "+15555550101"):
        line.start(to)
        line.start(to)

    _, body = line.call("GET", "/v2/Attempts?ChannelData.To=%2B15555550101&PageSize=1")

    query = parse_qs(urlsplit(body["meta"]["next_page_url"]).query)
    assert query["ChannelData.To"] == ["+15555550101"]


@pytest.mark.parametrize("page", [1, 2])
def test_a_page_may_be_asked_for_by_number(line: Line, page: int) -> None:
    for name in "abcde":
        line.call("POST", LIMITS, UniqueName=name)

    _, body = line.call("GET", f"{LIMITS}?PageSize=2&Page={page}")

    assert [each["unique_name"] for each in body["rate_limits"]] == list(
        "abcde"[2 * page : 2 * page + 2]
    )


@pytest.mark.parametrize(
    "query",
    [
        "PageSize=0",
        "PageSize=1001",
        "PageSize=x",
        "Page=-1",
        "PageToken=PA",
        "PageToken=1",
    ],
)
def test_a_malformed_page_is_60200_and_named(line: Line, query: str) -> None:
    status, body = line.call("GET", f"/v2/Services?{query}")

    assert (status, body["code"]) == (400, 60200)
    assert body["message"] == f"Invalid parameter: {query.partition('=')[0]}"


def call(twilio: FakeTwilio, method: str, path: str, form: str = "") -> dict[str, Any]:
    return follow(twilio, f"https://verify.twilio.com{path}", method, form)


def follow(
    twilio: FakeTwilio, url: str, method: str = "GET", form: str = ""
) -> dict[str, Any]:
    _, _, answered = twilio.handle(method, url, CREDENTIALS, form)
    return dict(json.loads(answered))
