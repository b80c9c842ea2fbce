"""What the side door and the page have besides those of the fake: walks."""

from __future__ import annotations

import asyncio
from importlib.resources import files

from attrs import evolve

from verify_core.errors import InvalidSetting

from ..kit._http import milliseconds
from ..server._door import DoorOperation, Row
from ..server._door_request import DoorRequest
from ..server._pages import pages as inbox
from ..server._reading import BadRequest, Json, text
from ..server.twilio._door import OPERATIONS as TWILIOS
from ._account import JourneyAccount
from ._views import drawing
from ._walks import ServedWalk

JourneyDoorRequest = DoorRequest[JourneyAccount]


def walks(ask: JourneyDoorRequest) -> Json:
    """The walks, oldest use first."""
    return {"walks": [summary(each) for each in ask.account.walks]}


async def walk(ask: JourneyDoorRequest) -> Json:
    """One walk: its steps, and the drawing with the place where it stands."""
    served = _walk_of(ask, ask.query.get("walk", ""))
    # Its lock may be held for as long as a provider waits for a network.
    return await asyncio.to_thread(_whole, served)


def _whole(served: ServedWalk) -> Json:
    with served.lock:
        return {
            **summary(served),
            "steps": [each.seen for each in served.steps],
            "end": served.end,
            "drawing": drawing(served.walk),
        }


def _walk_of(ask: JourneyDoorRequest, name: str) -> ServedWalk:
    served = ask.account.walks.get(name)
    if served is None:
        raise BadRequest("walk", "there is no such walk")
    return served


def summary(served: ServedWalk) -> Json:
    """A walk in a list."""
    walk, begun = served.walk, served.begun
    return {
        "id": served.id,
        "journey": begun.journey,
        "realm": begun.realm,
        "at": milliseconds(served.begun_at),
        "node": walk.node,
        "outcome": walk.outcome,
        "error": walk.error or served.fault or None,
        "answers": len(walk.history),
        "taken": [list(each) for each in walk.taken],
    }


async def step_back(ask: JourneyDoorRequest) -> Json:
    """Undo the last answer of a walk; its step can be answered again."""
    served = _walk_of(ask, text(ask.body, "walk"))
    return await asyncio.to_thread(_back, served)


def _back(served: ServedWalk) -> Json:
    with served.lock:
        try:
            served.back()
        except InvalidSetting as error:
            raise BadRequest("walk", error.message) from None
        return summary(served)


_LEFT_OUT = ("/sinks", "/templates")
OPERATIONS = (
    # There is one account, so each operation is there without its name, too.
    *(
        evolve(each, for_all=True)
        for each in TWILIOS
        if not each.path.startswith(_LEFT_OUT)
    ),
    DoorOperation("GET", "/walks", walks, for_all=True),
    DoorOperation("GET", "/walks/one", walk, query={"walk": "its id"}, for_all=True),
    DoorOperation(
        "POST", "/walks/back", step_back, body={"walk": "its id"}, for_all=True
    ),
)


def pages() -> list[Row]:
    """The inbox, and the page of walks beside it."""
    return inbox("Twilio", {"walks": files("verify_fakes.am").joinpath("page")})
