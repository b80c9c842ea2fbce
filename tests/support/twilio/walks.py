"""The walk of `tour.py` over a real socket, and what was seen of it."""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias

import requests

from tests.support.twilio.tour import (
    Exchange,
    drive,
    drive_async,
    exchange,
    walk,
)
from verify_fakes.served import ServedTwilio
from verify_fakes.twilio.http._wire import ROUTES

#: The official SDK has no stubs.
Sdk: TypeAlias = Any
SERVED = {route.operation for route in ROUTES if route.action}


def give_templates(account: ServedTwilio) -> None:
    """The two templates that the walk lists; people make them in Twilio's console."""
    for name in ("First", "Second"):
        account.add_template(name, {"en": "Code {{code}}", "de": "Kode {{code}}"})


def driven(account: ServedTwilio) -> set[str]:
    """The operations that the server answered without an error, by its own log."""
    return {
        each["operation"]
        for each in account.requests
        if each["status"] is not None and each["status"] < 300
    }


def client_of(account: ServedTwilio, **options: Sdk) -> Sdk:
    """The official client, redirected as its documentation says: by base URLs."""
    from twilio.rest import Client

    client = Client(account.account_sid, account.auth_token, **options)
    client.verify.base_url = account.url
    client.lookups.base_url = account.url
    return client


def walk_sync(account: ServedTwilio) -> list[Exchange]:
    """The walk with the ordinary client; the exchanges as they were on the wire."""
    from twilio.http.http_client import TwilioHttpClient

    log: list[Exchange] = []

    def note(response: requests.Response, **_: object) -> None:
        sent = response.request
        log.append(
            exchange(
                sent.method or "",
                sent.url or "",
                sent.headers,
                sent.body,
                response.status_code,
                response.content,
            )
        )

    give_templates(account)
    transport = TwilioHttpClient(timeout=10)
    transport.session.hooks["response"].append(note)
    with transport.session:
        drive(walk(client_of(account, http_client=transport), account))
    return log


def walk_async(account: ServedTwilio) -> None:
    """The walk with the async client, through `aiohttp`."""
    from twilio.http.async_http_client import AsyncTwilioHttpClient

    async def taken() -> None:
        async with AsyncTwilioHttpClient(timeout=10) as transport:
            await drive_async(walk(client_of(account, http_client=transport), account))

    give_templates(account)
    asyncio.run(taken())
