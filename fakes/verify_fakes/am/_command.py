"""`verify-core journey serve`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verify_core.errors import InvalidSetting
from verify_core.files import parse_json, read_file
from verify_core.registry import load_provider

from ..server.command import listening, plainly, run

if TYPE_CHECKING:
    from verify_core.journeys import Journey
    from verify_core.nodes import Directory

    from ._app import JourneyApp

DEFAULT_PORT = 4020
REALMS = ("/", "/alpha", "/bravo")
"""AM's realm, and the two of Advanced Identity Cloud."""

_PATH = click.Path(exists=True, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LARGEST_FILE = 16 << 20


@click.command()
@click.argument("files", metavar="FILE…", type=_PATH, nargs=-1, required=True)
@click.option(
    "--directory",
    type=_FILE,
    help="The people: a JSON list of objects, or CSV whose first line has the names.",
)
@click.option(
    "--tenant",
    type=_FILE,
    help="A JSON object of what a tenant has beside journeys: schema, terms, kba ….",
)
@click.option(
    "--provider",
    metavar="URL",
    help="Who sends and checks the codes, such as twilio://; left out: the fake.",
)
@click.option(
    "--outcome",
    "outcomes",
    metavar="NODE=OUTCOME",
    multiple=True,
    help="What a node returns that does not run here, by its name, type or script.",
)
@click.option(
    "--realm",
    "realms",
    metavar="NAME",
    multiple=True,
    help="Serve the journeys in this realm, not in /, /alpha and /bravo.",
)
@listening(DEFAULT_PORT)
def serve(**options: Any) -> None:  # noqa: ANN401 - by click
    """
    Serve exported journeys as PingAM does, for the clients of Ping.

    The codes are at /, what a test needs below /_fake/.

    Example: verify-core journey serve Login.journey.json --directory users.json
    """
    with ExitStack() as stack:
        with plainly():
            from ..server import _serving as serving

            bound = stack.enter_context(
                serving.listen(options.pop("host"), options.pop("port"))
            )
            app = _app(options, loopback_only=serving.is_private(bound))
        run(app, bound)


def _app(options: dict[str, Any], *, loopback_only: bool) -> JourneyApp:
    from ..server.twilio._settings import TwilioSettings
    from ._account import JourneyBounds
    from ._app import JourneyApp, JourneySettings

    server = TwilioSettings(
        seed=options["seed"],
        side_door_token=options["side_door_token"],
        loopback_only=loopback_only,
        origins=options["allow_origin"],
        bounds=JourneyBounds(),
    )
    url = options["provider"]
    return JourneyApp(
        JourneySettings(
            journeys=read_journeys(options["files"], options["realms"]),
            directory=read_directory(options["directory"]),
            provider=None if url is None else load_provider(url),
            outcomes=_outcomes(options["outcomes"]),
            tenant=_tenant(options["tenant"]),
            server=server,
        )
    )


def read_journeys(
    files: tuple[Path, ...], realms: tuple[str, ...]
) -> Mapping[str, Mapping[str, Journey]]:
    """
    The journeys of files and folders by realm; inner ones are found in all of them.

    Raises:
        InvalidSetting: A file cannot be read, or two have a journey of one name.
    """
    from attrs import evolve

    from verify_core.journeys._journey import journey_of
    from verify_core.journeys._loading import load_all

    everywhere = [f"/{each.strip('/')}" for each in realms] or [*REALMS]
    found: dict[str, dict[str, Journey]] = {}
    for file in files:
        for realm, trees in load_all(file).items():
            for each in [f"/{realm}"] if realm else everywhere:
                known = found.setdefault(each, {})
                if twice := sorted(known.keys() & trees.journeys.keys()):
                    raise InvalidSetting(f"{file}", f"has {twice[0]!r} once more")
                known |= {name: journey_of(one) for name, one in trees.journeys.items()}
    return {
        realm: {
            name: evolve(each, journeys={k: v for k, v in known.items() if k != name})
            for name, each in known.items()
        }
        for realm, known in found.items()
    }


def read_directory(file: Path | None) -> Directory | None:
    """
    The people in a file, or None without one.

    Raises:
        InvalidSetting: It cannot be read.
    """
    if file is None:
        return None
    from verify_core.nodes import MemoryDirectory

    content = read_file("--directory", file, most=_LARGEST_FILE)
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidSetting("--directory", "is not text in UTF-8") from None
    is_csv = file.suffix.lower() == ".csv"
    try:
        read = MemoryDirectory.from_csv if is_csv else MemoryDirectory.from_json
        return read(written)
    except InvalidSetting as error:
        raise InvalidSetting("--directory", error.message) from None


def _tenant(file: Path | None) -> Mapping[str, object]:
    if file is None:
        return {}
    found = parse_json("--tenant", read_file("--tenant", file, most=_LARGEST_FILE))
    if not isinstance(found, dict):
        raise InvalidSetting("--tenant", "takes a JSON object")
    return found


def _outcomes(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for each in given:
        name, equals, outcome = each.rpartition("=")
        if not equals or not name or not outcome:
            raise click.UsageError("--outcome takes NODE=OUTCOME")
        found[name] = outcome
    return found
