"""The output of `read-numbers`: in order, never over another file, resumable."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

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
    _part: Path = field(init=False)
    _checkpoint: Path = field(init=False)
    _descriptor: int = -1
    _read: hashlib._Hash = field(factory=hashlib.sha256)
    _expected: str = ""

    def __attrs_post_init__(self) -> None:
        self._part = self.out.with_name(f"{self.out.name}.part")
        self._checkpoint = self.out.with_name(f"{self.out.name}.part.json")

    @property
    def is_begun(self) -> bool:
        """Whether an interrupted run has left its part."""
        return self._checkpoint.exists()

    def begin(self, header: bytes) -> None:
        """Begin anew."""
        self._descriptor = _opened(self._part, os.O_WRONLY | os.O_CREAT)
        os.ftruncate(self._descriptor, 0)
        _write_all(self._descriptor, header, f"{self.out}")
        self._size = len(header)
        self._keep()

    def go_on(self) -> None:
        """
        Go on after an interrupt.

        Raises:
            InvalidSetting: The input or a setting is another than it was.
        """
        name = "--resume"
        kept = parse_json(name, read_file(name, self._checkpoint), shown="checkpoint")
        if kept.get("settings") != json.loads(json.dumps(self.settings)):
            raise InvalidSetting(
                name, "refused: the input, an option or a version has changed since"
            )
        self._done, self._size = kept["chunks"], kept["size"]
        self._expected = kept["read"]
        self.tally = Tally(**kept["tally"])
        self._descriptor = _opened(self._part, os.O_WRONLY)
        if os.fstat(self._descriptor).st_size < self._size:
            raise InvalidSetting(name, f"refused: {self._part.name} was shortened")
        os.ftruncate(self._descriptor, self._size)
        os.lseek(self._descriptor, 0, os.SEEK_END)

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
        """Give the file its name."""
        os.fsync(self._descriptor)
        self._part.replace(self.out)
        self._checkpoint.unlink(missing_ok=True)

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
        draft = self._checkpoint.with_suffix(".new")
        kept = {
            "settings": self.settings,
            "chunks": self._done,
            "size": self._size,
            "read": self._read.hexdigest(),
            "tally": asdict(self.tally),
        }
        draft.write_text(json.dumps(kept), encoding="utf-8")
        draft.replace(self._checkpoint)


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
    if resume and file.is_begun:
        file.go_on()
    else:
        _ask(file, overwrite=overwrite)
        file.begin(header)
    try:
        yield file
        file.finish()
    except BaseException:
        file.leave()
        raise
    finally:
        file.close()


def _ask(file: File, *, overwrite: bool) -> None:
    if overwrite:
        return
    question = ""
    if file.out.exists():
        question = f"--out: {file.out} exists"
    elif file.is_begun:
        question = f"--out: an interrupted run left its part of {file.out}"
    if not question:
        return
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    if not (is_terminal and click.confirm(f"{question}. Replace it?", err=True)):
        way = "--resume or --overwrite" if file.is_begun else "--overwrite"
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
