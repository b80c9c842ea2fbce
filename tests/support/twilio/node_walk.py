"""Runs tests/sdk/node/walk.mjs, and reads what it says it saw."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from attrs import field, frozen

from tests.support import npm
from tests.support.twilio.tour import Exchange, exchange
from tests.support.twilio.walks import give_templates
from verify_fakes.served import ServedTwilio

#: Variables of the environment that would lead the SDK elsewhere.
_LEADING = {"HTTP_PROXY", "TWILIO_REGION", "TWILIO_EDGE", "TWILIO_CA_BUNDLE"}
_WALK_S = 90


@frozen(kw_only=True)
class NodeWalk:
    """
    What Node's SDK handed out.

    Attributes:
        answers: For each thing that a call returned: the call, the class of the thing
            (`of`) and the class of each of its dates (`dates`).
        refusals: For each call that was refused: the class of the exception (`of`), its
            `status`, `code` and `message`.
        pages: The names that one list gave by each way to page.
        exchanges: The requests and answers as they were on the wire.
    """

    answers: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    pages: dict[str, Any]
    exchanges: list[Exchange] = field(repr=False)


def walk_node(
    account: ServedTwilio, *, redirect: bool = True, **environ: str
) -> NodeWalk:
    """
    The walk with the official SDK for Node.

    Args:
        account: Whose.
        redirect: Whether the script sets the SDK's base URLs; else something in the
            environment must lead it to the server.
        **environ: More variables.
    """
    give_templates(account)
    script = npm.FOLDER / "walk.mjs"
    plain = {name: v for name, v in os.environ.items() if name.upper() not in _LEADING}
    done = subprocess.run(
        [npm.node(), str(script)],
        env={
            **plain,
            **account.environ,
            "FAKE_TWILIO_URL": account.url,
            "REDIRECT": account.url if redirect else "",
            **environ,
        },
        capture_output=True,
        text=True,
        timeout=_WALK_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return _read([json.loads(line) for line in done.stdout.splitlines()])


def _read(lines: list[dict[str, Any]]) -> NodeWalk:
    def of(kind: str) -> list[dict[str, Any]]:
        return [line for line in lines if line["kind"] == kind]

    (pages,) = of("pages")
    return NodeWalk(
        answers=of("answer"),
        refusals=of("refusal"),
        pages=pages,
        exchanges=[_exchange(each) for each in of("exchange")],
    )


def _exchange(line: dict[str, Any]) -> Exchange:
    return exchange(
        line["method"],
        line["url"],
        {"User-Agent": line["agent"]},
        line["body"],
        line["status"],
        line["answered"].encode(),
    )
