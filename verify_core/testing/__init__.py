"""
For authors of providers, stores and applications: laws as cases, strategies, a machine.

The cases need no test framework; the search over histories, `.strategies` and
`.machine` need Hypothesis, which the extra `testing` brings.
"""

from ._awaited import Blocking
from ._bench import (
    Bench,
    CaseFailed as CaseFailed,
    CaseInconclusive as CaseInconclusive,
    CaseSkipped as CaseSkipped,
    Deviation,
    Harness,
    SeenMessage,
)
from ._case import Law
from ._conformance import (
    CaseResult,
    CaseVerdict as CaseVerdict,
    all_cases,
    require_kept,
    run_case as run_case,
    run_cases,
    run_store_cases,
    store_cases,
)
from ._histories import every_history
from ._http_doors import HttpDoors
from ._life import replay
from ._store_bench import StoreBench, StoreCase as StoreCase, StoreHarness
from ._troubles import (
    Call as Call,
    Garbage as Garbage,
    VendorReply,
    VendorRequest,
    json_reply,
)

__all__ = [
    "Bench",
    "Blocking",
    "CaseResult",
    "Deviation",
    "Harness",
    "HttpDoors",
    "Law",
    "SeenMessage",
    "StoreBench",
    "StoreHarness",
    "VendorReply",
    "VendorRequest",
    "all_cases",
    "every_history",
    "json_reply",
    "replay",
    "require_kept",
    "run_cases",
    "run_store_cases",
    "store_cases",
]
