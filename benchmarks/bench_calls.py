"""
Calls of this project's own functions in one start, from a typed number to a reference.

Counted and not timed, so that the figure is the same on every machine. Comprehensions
count as a part of their function; a generator counts each time that it is resumed.
`--each` lists the functions.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from bench_twilio_start import ACCOUNT, SERVICE, TOKEN, vendor
from measuring import judge

import verify_core
import verify_providers
from verify_core import Verifier
from verify_providers.twilio import TwilioVerify

TYPED = "1(555)323-1234"
TARGET = 150

_OURS = tuple(
    str(Path(place).resolve())
    for package in (verify_core, verify_providers)
    for place in package.__path__
)

_PARTS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}


def count(act: Callable[[], object]) -> Counter[str]:
    """How often each function of this project is called."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _arg: object) -> None:
        code = frame.f_code
        is_ours = code.co_filename.startswith(_OURS)
        if event == "call" and is_ours and code.co_name not in _PARTS:
            calls[f"{_module(code.co_filename)}.{code.co_qualname}"] += 1

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return calls


def _module(file: str) -> str:
    base = next(place for place in _OURS if file.startswith(place))
    return Path(file).relative_to(Path(base).parent).with_suffix("").as_posix()


def main(*, each: bool) -> None:
    """Print the number, and whether the target is met."""
    with vendor() as url:
        provider = TwilioVerify(
            account_sid=ACCOUNT, auth_token=TOKEN, service_sid=SERVICE, base_url=url
        )
        verifier = Verifier(provider)
        verifier.start(TYPED)  # connects, and loads what is loaded when first needed
        calls = count(lambda: verifier.start(TYPED))
    for name, times in calls.most_common() if each else ():
        print(f"  {times:4} {name}")
    what = f"calls of our own functions in one start, of {len(calls)} functions"
    judge(what, calls.total(), most=TARGET, form=".0f")


if __name__ == "__main__":
    main(each="--each" in sys.argv)
