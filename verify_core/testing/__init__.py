"""
For whoever writes a provider or an application: laws as cases, strategies, a machine.

The cases need no test framework; the search over histories, `.strategies` and
`.machine` need Hypothesis, which the extra `testing` brings.
"""

from .awaited import Blocking
from .bench import Bench, SeenMessage
from .case import Case, Law
from .claims import CaseFailed, CaseInconclusive, CaseSkipped
from .conformance import (
    CaseResult,
    CaseVerdict,
    all_cases,
    require_kept,
    run_case,
    run_cases,
)
from .harness import Deviation, Harness
from .histories import every_history
from .http_doors import HttpDoors
from .life import replay
from .troubles import Call, Garbage, VendorReply, VendorRequest, json_reply

__all__ = [
    "Bench",
    "Blocking",
    "Call",
    "Case",
    "CaseFailed",
    "CaseInconclusive",
    "CaseResult",
    "CaseSkipped",
    "CaseVerdict",
    "Deviation",
    "Garbage",
    "Harness",
    "HttpDoors",
    "Law",
    "SeenMessage",
    "VendorReply",
    "VendorRequest",
    "all_cases",
    "every_history",
    "json_reply",
    "replay",
    "require_kept",
    "run_case",
    "run_cases",
]
