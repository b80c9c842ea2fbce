"""Our own reader as a form: a line in, one out."""

from __future__ import annotations

import sys

from verify_core import read_phone

for line in sys.stdin:
    try:
        print(read_phone(line.removesuffix("\n")).e164, flush=True)
    except ValueError:
        print(flush=True)
