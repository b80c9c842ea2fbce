"""`verify-core read-numbers`: a file's column of numbers, on all cores."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
from attrs import asdict

from .. import __version__
from ..errors import InvalidSetting
from ..files import reason_of
from ..phone import PhonePolicy
from . import _policies as policies
from ._csv_records import Chunk
from ._ending import json_option, progress, show
from ._number_columns import Shape, Tally, read_chunk
from ._number_output import File, Stream, opened_output, written_first
from ._number_tables import DELIMITERS, Table, open_table

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


@click.command("read-numbers")
@click.argument(
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
)
@click.option(
    "--column", metavar="NAME", help="The column; its number with --no-header."
)
@click.option(
    "--out", metavar="FILE", help="Write a line for each line; - is standard output."
)
@policies.by_file
@click.option(
    "--encoding",
    metavar="NAME",
    help="Of a file that is not UTF-8, and has no byte order mark.",
)
@click.option(
    "--delimiter",
    type=click.Choice(list(DELIMITERS)),
    help="What stands between two fields; left out, it is found.",
)
@click.option(
    "--no-header", is_flag=True, help="The first line is a record and holds no names."
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    help="How many processes; left out, one for each core.",
)
@click.option("--overwrite", is_flag=True, help="Replace the output without asking.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted run ended.")
@json_option
def read_numbers(  # noqa: PLR0913 - click's options
    file: str,
    column: str | None,
    out: str | None,
    encoding: str | None,
    delimiter: str | None,
    jobs: int | None,
    *,
    policy: PhonePolicy,
    no_header: bool,
    overwrite: bool,
    resume: bool,
    as_json: bool,
) -> None:
    """
    Read a column of phone numbers of a CSV file, line by line; - is a pipe.

    Each line of the output begins with the number of its line, E.164, region,
    provenance, reason and damage. Without --out there is just the summary.

    Example: verify-core read-numbers people.csv --column phone --out read.csv
    """
    if overwrite and resume:
        raise click.UsageError("pass --overwrite or --resume, not both")
    with _opened(file) as stream:
        _require_apart(stream, out)
        table = open_table(
            stream,
            encoding=encoding,
            column=column,
            delimiter=delimiter and DELIMITERS[delimiter],
            has_header=not no_header,
        )
        settings = _settings(table, policy)
        with opened_output(
            out, table.header(), settings, overwrite=overwrite, resume=resume
        ) as goal:
            _read_all(table, policy, goal, jobs or os.cpu_count() or 1)
    summary = {"file": file, "out": out, **_summary(goal.tally, table)}
    if out == "-":
        text = json.dumps(summary) if as_json else _text(goal.tally)
        click.echo(text, err=True)
    else:
        show(summary, _text(goal.tally), as_json=as_json)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        if sys.stdin is None:
            raise EOFError
        yield sys.stdin.buffer
        return
    try:
        opened = Path(file).open("rb")  # noqa: SIM115 - what is raised inside is another's
    except OSError as error:
        raise InvalidSetting("FILE", f"cannot be read: {reason_of(error)}") from None
    with opened:
        yield opened


def _require_apart(stream: BinaryIO, out: str | None) -> None:
    """Refuse an output that would write over the file that is read."""
    if out in {None, "", "-"}:
        return
    path = Path(out or "")
    for place in (path, *written_first(path)):
        if place.is_file() and os.path.samestat(
            place.stat(), os.fstat(stream.fileno())
        ):
            way = "" if place == path else f"first writes {place}, which "
            raise click.UsageError(f"--out: {way}is the file that is read")


def _settings(table: Table, policy: PhonePolicy) -> dict[str, object]:
    """What must not change between two halves of one run."""
    rules = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(policy).items()
    }
    return {
        "input": table.digest,
        "encoding": table.encoding,
        "shape": asdict(table.shape),
        "policy": rules,
        "versions": [__version__, version("phonenumbers")],
    }


def _read_all(
    table: Table, policy: PhonePolicy, goal: Stream | File, jobs: int
) -> None:
    todo = table.chunks()
    if isinstance(goal, File):
        goal.pass_over(todo)
    first = list(islice(todo, 2))
    with _progress(table) as show_place:
        if jobs == 1 or len(first) == 1:
            results = _alone(chain(first, todo), table.shape, policy)
        else:
            results = _together(chain(first, todo), table.shape, policy, jobs)
        for chunk, (lines, tally) in results:
            goal.write(chunk.data, lines, tally)
            show_place(goal.tally.lines)


_Results = Iterator[tuple[Chunk, tuple[bytes, Tally]]]


def _alone(todo: Iterator[Chunk], shape: Shape, policy: PhonePolicy) -> _Results:
    for chunk in todo:
        yield chunk, read_chunk(chunk, shape, policy)


def _together(
    todo: Iterator[Chunk], shape: Shape, policy: PhonePolicy, jobs: int
) -> _Results:
    """Each chunk's result, in order; each process has one chunk at a time."""
    waiting: deque[tuple[Chunk, Connection]] = deque()
    with ExitStack() as started:
        for chunk in todo:
            if len(waiting) < jobs:
                pipe = started.enter_context(_process(shape, policy))
                _send(pipe, chunk)
                waiting.append((chunk, pipe))
                continue
            done, pipe = waiting.popleft()
            result = _received(pipe)
            _send(pipe, chunk)
            waiting.append((chunk, pipe))
            yield done, result
        for done, pipe in waiting:
            yield done, _received(pipe)


@contextmanager
def _process(shape: Shape, policy: PhonePolicy) -> Iterator[Connection]:
    """A process that reads chunks; a pool would wait for a killed one for ever."""
    context = _processes()
    pipe, other_end = context.Pipe()
    process = context.Process(
        target=_serve, args=(other_end, shape, policy), daemon=True
    )
    process.start()
    other_end.close()  # so that the pipe ends with the process
    try:
        yield pipe
    finally:
        pipe.close()
        process.terminate()
        process.join()


def _send(pipe: Connection, chunk: Chunk) -> None:
    with _killed_is_an_error():
        pipe.send(chunk)


def _received(pipe: Connection) -> tuple[bytes, Tally]:
    with _killed_is_an_error():
        found: tuple[bytes, Tally] | str = pipe.recv()
    if isinstance(found, str):
        raise click.ClickException(f"unexpected error: {found}")
    return found


@contextmanager
def _killed_is_an_error() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        raise click.ClickException(
            "a process that read numbers was killed, perhaps since memory ran out; "
            "pass fewer --jobs"
        ) from None


def _serve(pipe: Connection, shape: Shape, policy: PhonePolicy) -> None:
    from threading import Thread

    # Ctrl-C reaches every process of the terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            chunk = pipe.recv()
            try:
                found: object = read_chunk(chunk, shape, policy)
            except Exception as error:  # noqa: BLE001 - its text may hold a number
                found = type(error).__name__
            pipe.send(found)


def _end_with_parent() -> None:
    # The pipe alone may not end: a forked process holds a copy of its other end, too.
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        os._exit(1)


def _processes() -> Any:  # noqa: ANN401 - a BaseContext, typed without its Process
    import threading
    from multiprocessing import get_all_start_methods, get_context

    known = get_all_start_methods()
    # The quickest, but only for a process without threads.
    if sys.platform == "linux" and threading.active_count() == 1:
        return get_context("fork")
    return get_context("forkserver" if "forkserver" in known else "spawn")


@contextmanager
def _progress(table: Table) -> Iterator[Callable[[int], None]]:
    """A bar, or how many lines of a pipe are read; nothing without a terminal."""
    if table.size is None and sys.stderr is not None and sys.stderr.isatty():
        yield lambda lines: click.echo(f"\r{lines:,} lines", err=True, nl=False)
        click.echo(err=True)
        return
    with progress("Reading") as show_place:
        yield lambda _lines: show_place(table.place(), table.size or 1)


def _summary(tally: Tally, table: Table) -> dict[str, object]:
    first = tally.first

    def counted(counts: Counter[str]) -> dict[str, object]:
        return {
            name: {"count": count, "first_line": first[name]}
            for name, count in counts.most_common()
        }

    return {
        "encoding": table.encoding,
        "delimiter": table.shape.delimiter,
        "lines": tally.lines,
        "read": tally.lines - tally.refused,
        "refused": tally.refused,
        "provenance": dict(tally.provenances.most_common()),
        "regions": dict(tally.regions.most_common()),
        "reasons": counted(tally.reasons),
        "damage": counted(tally.damages),
    }


def _text(tally: Tally) -> str:
    read = tally.lines - tally.refused
    lines = [f"{tally.lines:,} lines: {read:,} read, {tally.refused:,} refused"]
    for title, counts in (
        ("provenance", tally.provenances),
        ("reason", tally.reasons),
        ("damage", tally.damages),
    ):
        for name, count in counts.most_common():
            place = tally.first.get(name) if title != "provenance" else None
            since = f"  first in line {place:,}" if place else ""
            lines.append(f"  {title:10}  {name:24}{count:>12,}{since}")
    return "\n".join(lines)
