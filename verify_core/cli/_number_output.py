"""The output of `read-numbers`: in order, never over another file, resumable."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import click
from attrs import asdict, define, field

from ..errors import InvalidSetting
from ..files import parse_json, read_file, reason_of
from ._csv_records import Chunk
from ._number_columns import Tally

_CHUNKS_A_CHECKPOINT = 16


@define
class Stream:
    """
    Standard output, a device, or where `descriptor` is None nowhere.

    What a program stopped in the middle has written is lost to it.

    Attributes:
        name: What it is called in an error.
        tally: Counts of what was written.
    """

    name: str
    descriptor: int | None
    tally: Tally = field(factory=Tally)

    def write(self, _chunk: bytes, lines: bytes, tally: Tally) -> None:
        """Write the lines of the next chunk."""
        if self.descriptor is not None:
            _write_all(self.descriptor, lines, self.name)
        self.tally.merge(tally)


@define
class File:
    """
    A new file, under another name until it is whole.

    Beside it stands a checkpoint, by which an interrupted run goes on: of the settings,
    and of the input as far as it was read.

    Attributes:
        tally: Counts of what was written, before an interrupt, too.
    """

    out: Path
    settings: Mapping[str, object]
    tally: Tally = field(factory=Tally)
    _done: int = 0
    _size: int = 0
    _replaces: bool = False
    _part: Path = field(init=False)
    _checkpoint: Path = field(init=False)
    _draft: Path = field(init=False)
    _descriptor: int = -1
    _read: hashlib._Hash = field(factory=hashlib.sha256)
    _expected: str = ""

    def __attrs_post_init__(self) -> None:
        self._part, self._checkpoint, self._draft = written_first(self.out)

    def unfinished(self) -> dict[str, Any] | None:
        """
        The checkpoint that an interrupted run has left, if there is one.

        Raises:
            UsageError: Where the part or the checkpoint will be is another's file.
        """
        kept = _checkpoint_in(self._checkpoint)
        for path in (self._part, self._checkpoint, self._draft):
            if _is_anothers(path, is_begun=kept is not None):
                raise click.UsageError(
                    f"--out: {path} is there already, and no interrupted run left it; "
                    "move it away"
                )
        return kept

    def begin(self, *, replaces: bool) -> None:
        """Begin anew; at the end a file that is there is replaced, or the run fails."""
        self._discard()
        self._replaces = replaces
        self._descriptor = _opened(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            self._keep()
        except OSError:
            self.close()
            self._discard()
            raise

    def go_on(self, kept: Mapping[str, Any]) -> None:
        """
        Go on after an interrupt.

        Args:
            kept: The checkpoint.

        Raises:
            InvalidSetting: The input or a setting is another than it was.
        """
        name = "--resume"
        if kept["settings"] != json.loads(json.dumps(self.settings)):
            raise InvalidSetting(
                name, "refused: the input, an option or a version has changed since"
            )
        self._done, self._size = kept["chunks"], kept["size"]
        self._expected, self._replaces = kept["read"], kept["replaces"]
        self.tally = Tally(**kept["tally"])
        self._descriptor = _opened(self._part, os.O_WRONLY)
        if os.fstat(self._descriptor).st_size < self._size:
            raise InvalidSetting(name, f"refused: {self._part.name} was shortened")
        os.ftruncate(self._descriptor, self._size)
        os.lseek(self._descriptor, 0, os.SEEK_END)

    def write_header(self, header: bytes) -> None:
        """Write the first line, unless it stands there from before an interrupt."""
        if not self._size:
            _write_all(self._descriptor, header, f"{self.out}")
            self._size = len(header)

    def pass_over(self, todo: Iterator[Chunk]) -> None:
        """
        Pass over the chunks that were written before the interrupt.

        Raises:
            InvalidSetting: They are others.
        """
        for chunk in islice(todo, self._done):
            self._read.update(chunk.data)
        if self._expected and self._read.hexdigest() != self._expected:
            raise InvalidSetting("--resume", "refused: the input has changed since")

    def write(self, chunk: bytes, lines: bytes, tally: Tally) -> None:
        """Write the lines of the next chunk, and now and then a checkpoint."""
        _write_all(self._descriptor, lines, f"{self.out}")
        self._size += len(lines)
        self._read.update(chunk)
        self.tally.merge(tally)
        self._done += 1
        if self._done % _CHUNKS_A_CHECKPOINT == 0:
            self._keep()

    def finish(self) -> None:
        """
        Give the file its name.

        Raises:
            UsageError: Meanwhile another file got that name.
        """
        os.fsync(self._descriptor)
        if self.out.exists() and not self._replaces:
            raise click.UsageError(
                f"--out: {self.out} was made since the run began; move it away, then "
                "pass --resume"
            )
        self._part.replace(self.out)
        self._discard()

    def leave(self) -> None:
        """Leave what is written for a later run."""
        if self._descriptor >= 0:
            with suppress(OSError):
                self._keep()
            line = f"{self._part} has {self.tally.lines:,} lines; --resume goes on."
            click.echo(line, err=True)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def _keep(self) -> None:
        os.fsync(self._descriptor)
        kept = {
            "settings": self.settings,
            "chunks": self._done,
            "size": self._size,
            "read": self._read.hexdigest(),
            "replaces": self._replaces,
            "tally": asdict(self.tally),
        }
        try:
            self._draft.write_text(json.dumps(kept), encoding="utf-8")
            self._draft.replace(self._checkpoint)
        except OSError as error:
            self._draft.unlink(missing_ok=True)
            place = f"{self._checkpoint}"
            raise OSError(error.errno, error.strerror, place) from None

    def _discard(self) -> None:
        for path in (self._checkpoint, self._draft, self._part):
            with suppress(OSError):  # what cannot be removed cannot be written either
                path.unlink()


def written_first(out: Path) -> tuple[Path, Path, Path]:
    """Where the part of an output, its checkpoint and the draft of that are."""
    endings = ("part", "part.json", "part.new")
    part, checkpoint, draft = (out.with_name(f"{out.name}.{each}") for each in endings)
    return part, checkpoint, draft


def _checkpoint_in(path: Path) -> dict[str, Any] | None:
    try:
        found = parse_json("--out", read_file("--out", path))
    except InvalidSetting:
        return None
    members = {"settings", "chunks", "size", "read", "replaces", "tally"}
    return found if isinstance(found, dict) and found.keys() == members else None


def _is_anothers(path: Path, *, is_begun: bool) -> bool:
    """Whether a file is there that no interrupted run left; an empty one is no loss."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return not stat.S_ISREG(status.st_mode) or (not is_begun and status.st_size > 0)


@contextmanager
def opened_output(
    out: str | None,
    header: bytes,
    settings: Mapping[str, object],
    *,
    overwrite: bool,
    resume: bool,
) -> Iterator[Stream | File]:
    """
    Where the lines go; whole at the end, or kept for `--resume`.

    Args:
        out: A path, `-` for standard output, or None for nowhere.
        header: The first line.
        settings: What must be the same where a run goes on.
        overwrite: Whether to replace what is there, without asking.
        resume: Whether to go on where an interrupted run ended.
    """
    if out == "":
        raise click.UsageError("--out: takes the path of a file, or -")
    path = None if out in {None, "-"} else Path(out or "")
    if path is None or (path.exists() and not path.is_file()):
        if resume:
            raise click.UsageError("--resume: takes an --out that is a file")
        with _descriptor_of(out) as descriptor:
            stream = Stream("standard output" if out == "-" else f"{out}", descriptor)
            stream.write(b"", header, Tally())
            yield stream
        return
    file = File(path, settings)
    kept = file.unfinished()
    if resume and kept:
        file.go_on(kept)
    else:
        if not overwrite:
            _ask(path, is_begun=kept is not None)
        file.begin(replaces=overwrite or path.exists())
    try:
        file.write_header(header)
        yield file
        file.finish()
    except BaseException:
        file.leave()
        raise
    finally:
        file.close()


def _ask(out: Path, *, is_begun: bool) -> None:
    question = ""
    if out.exists():
        question = f"--out: {out} exists"
    elif is_begun:
        question = f"--out: an interrupted run left its part of {out}"
    if not question:
        return
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    if not (is_terminal and click.confirm(f"{question}. Replace it?", err=True)):
        way = "--resume or --overwrite" if is_begun else "--overwrite"
        raise click.UsageError(f"{question}; pass {way}")


@contextmanager
def _descriptor_of(out: str | None) -> Iterator[int | None]:
    if out is None:
        yield None
    elif out == "-":
        yield sys.stdout.fileno()
    else:
        descriptor = _opened(out, os.O_WRONLY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def _opened(path: str | Path, flags: int) -> int:
    try:
        return os.open(path, flags, 0o666)
    except OSError as error:
        fault = f"{path} cannot be written: {reason_of(error)}"
    raise InvalidSetting("--out", fault)


def _write_all(descriptor: int, data: bytes, name: str) -> None:
    # Without a buffer: what a full disk refused cannot be written at the end either.
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError as error:
        raise OSError(error.errno, error.strerror, name) from None
