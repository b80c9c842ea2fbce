"""
Many starts at once, awaited, beside Twilio's own async SDK and bare aiohttp.

The vendor is a server in a process of its own that answers each start after 200 ms, so
that a caller which cannot wait for many at a time shows it. The callers take turns,
each in a process of its own; what counts is the ratios. Targets: at most 0.6 of the
SDK's time for 500 and for 2,000 starts, no error, and at most 1.0 of its processor time
for each start.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from urllib.parse import parse_qsl

from bench_twilio_start import _ANSWER, ACCOUNT, FORM, PATH, SERVICE, TOKEN
from measuring import judge

LATENCY_S = 0.2
COUNTS = (500, 2000)
IN_TURN = 1000
WARM_UP = 50
ROUNDS = 3
SDK = "Twilio's async SDK"
TIME_TARGET, PROCESSOR_TARGET = 0.6, 1.0

Start = Callable[[str], Awaitable[object]]


def number(position: int) -> str:
    """A number of its own for each start, as for people who log in at once."""
    return f"+1415555{position:04}"


async def _answer(
    latency_s: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            body = await reader.readexactly(int(length or 0))
            await asyncio.sleep(latency_s)
            to = dict(parse_qsl(body))[b"To"]
            writer.write(_ANSWER.replace(FORM["To"].encode(), to))
    writer.close()


def _serve(ready: Connection, latency_s: float) -> None:
    async def serve() -> None:
        server = await asyncio.start_server(
            partial(_answer, latency_s), "127.0.0.1", 0, backlog=4096
        )
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with suppress(KeyboardInterrupt):
        asyncio.run(serve())


async def _ours(url: str, stack: AsyncExitStack) -> Start:
    from verify_core.phone import read_phone
    from verify_core.verification import StartRequest
    from verify_providers.twilio import AsyncTwilioVerify

    provider = AsyncTwilioVerify(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        service_sid=SERVICE,
        base_url=url,
        # As long as the peers wait, so that a busy machine makes no start fail.
        timeout=timedelta(seconds=60),
    )
    await stack.enter_async_context(provider)
    # Read beforehand: reading a number is no part of what the peers do.
    numbers = {text: read_phone(text) for text in map(number, range(max(COUNTS)))}
    return lambda to: provider.start(
        StartRequest(identifier=numbers[to], channel="sms")
    )


async def _sdk(url: str, stack: AsyncExitStack) -> Start:
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client

    http = AsyncTwilioHttpClient()
    await stack.enter_async_context(http)
    client = Client(ACCOUNT, TOKEN, http_client=http)
    client.verify.base_url = url
    service = client.verify.v2.services(SERVICE)
    return lambda to: service.verifications.create_async(to=to, channel="sms")


async def _bare(url: str, stack: AsyncExitStack) -> Start:
    import aiohttp

    session = await stack.enter_async_context(
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    )
    headers = {"Authorization": aiohttp.BasicAuth(ACCOUNT, TOKEN).encode()}

    async def post(to: str) -> object:
        form = {"To": to, "Channel": "sms"}
        async with session.post(url + PATH, data=form, headers=headers) as response:
            return json.loads(await response.read())

    return post


CALLERS = {"AsyncTwilioVerify": _ours, SDK: _sdk, "bare aiohttp": _bare}


async def _burst(name: str, url: str, count: int) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        start = await CALLERS[name](url, stack)
        await start(number(0))
        began = time.perf_counter()
        answers = await asyncio.gather(
            *(start(number(place)) for place in range(count)), return_exceptions=True
        )
        taken = time.perf_counter() - began
        return {
            "seconds": taken,
            "errors": sum(isinstance(answer, BaseException) for answer in answers),
        }


async def _in_turn(name: str, url: str, count: int) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        start = await CALLERS[name](url, stack)
        for _ in range(WARM_UP):
            await start(number(0))
        used = _processor_s()
        for place in range(count):
            await start(number(place))
        return {"processor_us": (_processor_s() - used) / count * 1e6}


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _child(what: str, name: str, url: str, count: int, result: Connection) -> None:
    _allow_many_files()
    measure = _burst if what == "burst" else _in_turn
    result.send(asyncio.run(measure(name, url, count)))


def _allow_many_files() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _measured(what: str, name: str, url: str, count: int) -> dict[str, float]:
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    child = context.Process(target=_child, args=(what, name, url, count, far))
    child.start()
    far.close()  # so that a child which fails ends the waiting, too
    found: dict[str, float] = near.recv()
    child.join()
    return found


def _medians(
    what: str, figure: str, url: str, count: int
) -> tuple[dict[str, float], float]:
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in CALLERS}
    for _ in range(ROUNDS):
        for name in CALLERS:
            runs[name].append(_measured(what, name, url, count))
    errors = sum(run.get("errors", 0) for run in runs["AsyncTwilioVerify"])
    medians = {
        name: statistics.median(run[figure] for run in found)
        for name, found in runs.items()
    }
    return medians, errors


def main() -> None:
    """Print medians and ratios, and whether the targets are met."""
    _allow_many_files()
    with _served(LATENCY_S) as url:
        for count in COUNTS:
            print(f"{count} starts at once, answered after {LATENCY_S * 1000:.0f} ms")
            medians, errors = _medians("burst", "seconds", url, count)
            what = f"{count} starts at once, time against the SDK's"
            _report(medians, "s", what, TIME_TARGET)
            judge(f"errors of ours in {count} starts", errors, most=0, form=".0f")
    with _served(0) as url:
        print(f"processor time of one start, {IN_TURN} one after the other")
        medians, _ = _medians("in turn", "processor_us", url, IN_TURN)
        what = "processor time of an awaited start against the SDK's"
        _report(medians, "us", what, PROCESSOR_TARGET)


@contextmanager
def _served(latency_s: float) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    server = context.Process(target=_serve, args=(far, latency_s), daemon=True)
    server.start()
    yield f"http://127.0.0.1:{near.recv()}"
    server.terminate()
    server.join()


def _report(medians: dict[str, float], unit: str, what: str, target: float) -> None:
    for name, median in medians.items():
        print(f"  {name:20} {median:8.2f} {unit}")
    judge(what, medians["AsyncTwilioVerify"] / medians[SDK], most=target)


if __name__ == "__main__":
    main()
