"""
The walk with the async client, led by the environment alone; a process of its own.

`aiohttp` reads SSL_CERT_FILE when it is imported; setting it later would be too late.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from tests.support.twilio.tour import drive_async, walk
from verify_fakes.served import ServedTwilio


async def take(account: ServedTwilio) -> None:
    """As docs/how-to/server.md says."""
    async with AsyncTwilioHttpClient(pool_connections=False) as http_client:
        http_client.session = aiohttp.ClientSession(trust_env=True)
        client = Client(
            account.account_sid, account.auth_token, http_client=http_client
        )
        await drive_async(walk(client, account))


if __name__ == "__main__":
    url, account_sid = sys.argv[1:]
    asyncio.run(take(ServedTwilio(url=url, account_sid=account_sid)))
