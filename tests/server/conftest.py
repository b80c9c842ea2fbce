"""A server for each module, and accounts of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.support.served import Account, running


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def account(url: str) -> Iterator[Account]:
    account = Account(url)
    yield account
    account.session.close()


@pytest.fixture
def another(url: str) -> Iterator[Account]:
    account = Account(url)
    yield account
    account.session.close()
