"""
For whoever writes a provider or an application: laws as cases, strategies, a machine.

The cases need no test framework; `verify_core.testing.strategies` and
`verify_core.testing.machine` need Hypothesis (`pip install verify-core[testing]`).
"""

from .bench import Bench, Deviation, Harness, SeenMessage
from .case import Case
from .claims import CaseFailed, CaseInconclusive, CaseSkipped
from .conformance import CaseResult, CaseVerdict, all_cases, run_case, run_cases

__all__ = [
    "Bench",
    "Case",
    "CaseFailed",
    "CaseInconclusive",
    "CaseResult",
    "CaseSkipped",
    "CaseVerdict",
    "Deviation",
    "Harness",
    "SeenMessage",
    "all_cases",
    "run_case",
    "run_cases",
]
