"""
For authors of providers and of applications: laws as cases, strategies, a machine.

The cases need no test framework; the search over histories, `.strategies` and
`.machine` need Hypothesis, which the extra `testing` brings.
"""

from ._awaited import Blocking
from ._bench import (
    Bench,
    CaseFailed,
    CaseInconclusive,
    CaseSkipped,
    Deviation,
    Harness,
    SeenMessage,
)
from ._case import Law
from ._conformance import (
    CaseResult,
    CaseVerdict,
    all_cases,
    require_kept,
    run_case,
    run_cases,
)
from ._histories import every_history
from ._http_doors import HttpDoors
from ._life import replay
from ._troubles import Call, Garbage, VendorReply, VendorRequest, json_reply

__all__ = [
    "Bench",
    "Blocking",
    "Call",
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
