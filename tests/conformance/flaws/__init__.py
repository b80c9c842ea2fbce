"""
Flaws by the kit's subjects, each noticed by one case and no other; then coarse ones.

    PYTHONPATH=.:providers:fakes python -m tests.conformance.flaws

holds each of them against every case; pytest, against those that are nearest.
"""

from __future__ import annotations

from . import (  # noqa: F401 - which note their flaws
    answering,
    asking,
    checking,
    coarse,
    declaring,
    ending,
    over_http,
    resending,
    showing,
    starting,
    together,
    waiting,
)
from ._flaw import FLAWS as FLAWS, Flaw as Flaw
