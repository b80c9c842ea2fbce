"""Every way in which values and errors are printed, and what must not be seen."""

from __future__ import annotations

import io
import json
import pprint
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import attrs
import cattrs
import rich
import rich.pretty
import rich.traceback
from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(
    str(ROOT / name)
    for name in (
        "verify_core",
        "providers/verify_providers",
        "fakes/verify_fakes",
        "examples/provider",
    )
)

PHONE = "+14155552671"
EMAIL = "mary.o'brien@example.org"
CODE = "739164"
OWN_CODE = "K7x9Qz"
TOKEN = "5e1f0c7ab94d4e2f8c66d1a2b3c4d5e6"

SECRETS = ("4155552671", "5552671", "mary.o", "brien", CODE, OWN_CODE, TOKEN)


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def inspected(value: object) -> str:
    """A value as `rich.inspect` prints it, which evaluates what `dir()` lists."""
    if value is None:
        return ""
    printed = io.StringIO()
    console = Console(file=printed, width=400)
    rich.inspect(value, console=console, private=True, docs=False)
    return printed.getvalue()


def shown_by_walkers(value: object) -> str:
    """A value as everything prints it that does not ask for a field by its name."""
    texts = [repr(value), str(value), f"{value}", pprint.pformat(value)]
    texts.append(rich.pretty.pretty_repr(value))
    texts.append(inspected(value))
    texts.append(json.dumps(value, default=str))
    if hasattr(value, "__dict__"):
        texts.append(repr(vars(value)))
    if attrs.has(type(value)) and not isinstance(value, type):
        fields = attrs.asdict(value)  # type: ignore[arg-type]
        texts += [repr(fields), rich.pretty.pretty_repr(fields)]
        texts += [json.dumps(fields, default=str, skipkeys=True)]
        texts += [repr(attrs.astuple(value))]  # type: ignore[arg-type]
        with suppress(NameError):  # a type that is imported for type checkers only
            texts += [repr(cattrs.unstructure(value))]
    return "\n".join(texts)


def chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    links = [error]
    while links:
        link = links.pop()
        if link in seen:
            continue
        seen.append(link)
        yield link
        links += [each for each in (link.__cause__, link.__context__) if each]
        links += getattr(link, "exceptions", ())


def our_frames(trace: TracebackType | None) -> Iterator[tuple[str, dict[str, Any]]]:
    while trace is not None:
        code = trace.tb_frame.f_code
        generated = code.co_filename.startswith("<attrs generated")
        if code.co_filename.startswith(OURS) or generated:
            place = f"{code.co_filename}:{trace.tb_lineno} in {code.co_name}"
            yield place, trace.tb_frame.f_locals
        trace = trace.tb_next


def leaks_of(error: BaseException) -> list[str]:
    """Each place at which an error shows a secret, frames of ours included."""
    found = [
        f"{type(link).__name__}: {leaked}"
        for link in chain(error)
        for leaked in leaks(shown_error(link))
    ]
    for link in chain(error):
        for place, variables in our_frames(link.__traceback__):
            for name, value in variables.items():
                if leaked := leaks(shown_variable(value)):
                    found.append(f"{place}: {name} shows {leaked}")
    return found


def shown_error(error: BaseException) -> str:
    texts = [str(error), repr(error), repr(error.args), repr(vars(error))]
    texts += getattr(error, "__notes__", [])
    texts += ["".join(traceback.format_exception_only(error))]
    texts += [rich.pretty.pretty_repr(error)]
    return "\n".join(texts)


def shown_variable(value: object) -> str:
    """A variable as `rich`, pytest and collectors of errors print it."""
    try:
        return "\n".join([repr(value), rich.pretty.pretty_repr(value)])
    except Exception as error:  # noqa: BLE001 - what they would print instead
        return repr(error)


def drawn_by_rich(error: BaseException) -> str:
    """The traceback as `rich` draws it, variables included."""
    console = Console(file=io.StringIO(), width=400, force_terminal=False)
    drawn = rich.traceback.Traceback.from_exception(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_string=None,
        locals_max_length=None,
        max_frames=0,
    )
    console.print(drawn)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
