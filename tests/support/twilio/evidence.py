"""
Gathers what the tests show of each operation, and writes it down.

`python tests/support/twilio/evidence.py` writes evidence.json beside it and
docs/why/evidence.md.
`test_evidence.py` gathers the same again and compares.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[3]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "fakes")]

from tests.support.twilio import described  # noqa: E402  the path comes first
from tests.support.twilio.ledger import ledger  # noqa: E402
from tests.support.twilio.refusals import REFUSALS  # noqa: E402
from tests.support.twilio.tour import Exchange, walk_async, walk_sync  # noqa: E402

EVIDENCE: Final = Path(__file__).with_name("evidence.json")
LEDGER: Final = ROOT / "docs" / "why" / "evidence.md"

_LIFE_CYCLE: Final = "test_store_and_wire_do_what_the_documents_say"
_LIMITS: Final = "test_rate_limits_agree_with_the_model"
_PAGES: Final = "test_every_item_once_and_in_order"
_ATTEMPTS: Final = "test_attempts_agree_with_the_model"
_TOTP: Final = "test_challenges_agree_with_the_model"
#: The operations held against a second model, and the test that does it.
MODELS: Final = {
    "CreateVerification": _LIFE_CYCLE,
    "FetchVerification": _LIFE_CYCLE,
    "UpdateVerification": _LIFE_CYCLE,
    "CreateVerificationCheck": _LIFE_CYCLE,
    "CreateBucket": _LIMITS,
    "CreateRateLimit": _LIMITS,
    "ListRateLimit": "test_over_the_wire_the_addresses_lead_through_all",
    "ListService": _PAGES,
    "ListBucket": _PAGES,
    "ListMessagingConfiguration": _PAGES,
    "ListVerificationTemplate": _PAGES,
    "ListEntity": _PAGES,
    "ListFactor": _PAGES,
    "ListChallenge": _PAGES,
    "ListWebhook": _PAGES,
    "ListVerificationAttempt": _ATTEMPTS,
    "FetchVerificationAttemptsSummary": _ATTEMPTS,
    "CreateChallenge": _TOTP,
    "UpdateChallenge": _TOTP,
}


def succeeded(log: list[Exchange]) -> list[str]:
    """The operations that the official SDK was answered without an error."""
    return sorted(
        {
            each.operation
            for each in log
            if each.status < 300 and each.agent.startswith("twilio-")
        }
    )


def without_problems(log: list[Exchange], judge: Any) -> list[str]:  # noqa: ANN401
    """The operations none of whose exchanges a judge finds fault with."""
    faulty = {each.operation for each in log if judge(each)}
    return sorted({each.operation for each in log} - faulty)


def fields(log: list[Exchange]) -> dict[str, list[str]]:
    """The names in the answers, in order; of a list, those of its items and `meta`."""
    names: dict[str, list[str]] = {}
    for each in log:
        body = json.loads(each.answered) if each.answered else {}
        if "meta" in body:
            items = body[body["meta"]["key"]]
            body = {**(items[0] if items else {}), "meta": None}
        names[each.operation] = list(body)
    return dict(sorted(names.items()))


def driven_by_node() -> list[str]:
    """The operations that Node's official SDK was answered without an error."""
    from tests.support.twilio.node_walk import walk_node
    from verify_fakes.served._process import FakeServerProcess

    server = FakeServerProcess()
    try:
        return succeeded(walk_node(server.new_account(seed=3)).exchanges)
    finally:
        server.stop()


def gathered() -> dict[str, Any]:
    """All the evidence there is."""
    log = walk_sync()
    refuses: dict[str, list[int]] = {}
    for operation, *_, code in REFUSALS:
        codes = refuses.setdefault(operation, [])
        if code not in codes:
            codes.append(code)
    return {
        "python_sync": succeeded(log),
        "python_async": succeeded(asyncio.run(walk_async())),
        "node": driven_by_node(),
        "request": without_problems(log, described.request_problems),
        "answer": without_problems(log, described.answer_problems),
        "refuses": dict(sorted(refuses.items())),
        "model": dict(sorted(MODELS.items())),
        "fields": fields(log),
    }


def main() -> None:
    """Write both files."""
    evidence = gathered()
    EVIDENCE.write_text(json.dumps(evidence, indent=1) + "\n", encoding="utf-8")
    LEDGER.write_text(ledger(evidence), encoding="utf-8")


if __name__ == "__main__":
    main()
