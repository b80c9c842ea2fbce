"""
The support table in docs/reference/providers.md, made of what each provider declares.

    PYTHONPATH=.:providers:fakes:examples/provider python tests/conformance/support.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from verify_pigeon import PigeonPost

from verify_core.channels import Channel
from verify_core.provider import (
    CancelSupport,
    Idempotency,
    LookupKey,
    Resend,
    VerifyProvider,
)
from verify_fakes import PROFILES, FakeVerifyProvider
from verify_providers.failover import Child, FailoverProvider
from verify_providers.own import CodeKeys, CodePolicy, MemoryStore, OwnCodes
from verify_providers.own.senders import MemorySender
from verify_providers.twilio import TwilioVerify
from verify_providers.vonage import MemoryEvents, VonageVerify

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "providers.md"
_BEGIN: Final = "<!-- the table is generated: python tests/conformance/support.py -->\n"
_END: Final = "<!-- end of the table -->\n"

_LOOKUP: Final = {
    LookupKey.NONE: "no",
    LookupKey.ID: "id",
    LookupKey.IDENTIFIER: "identifier",
    LookupKey.EITHER: "id or identifier",
}
_CANCEL: Final = {
    CancelSupport.NO: "no",
    CancelSupport.WINDOW: "within a window",
    CancelSupport.YES: "yes",
}
_REPEATED: Final = {
    Idempotency.NONE: "sends again",
    Idempotency.KEY: "replays the answer",
    Idempotency.REFUSES_DUPLICATE: "is refused",
}
_RESEND: Final = {
    Resend.SAME_CODE: "same code",
    Resend.NEW_CODE: "new code",
    Resend.VARIES: "either",
}
_HEADER: Final = (
    "provider",
    "channels",
    "check by",
    "`fetch` by",
    "`cancel`",
    "own code",
    "a repeated start",
    "a resend",
    "guesses left",
    "hints it can fulfil",
)


def shipped() -> dict[str, VerifyProvider]:
    """One provider of each kind, with made-up credentials, by what the table says."""
    twilio = TwilioVerify(
        service_sid="VA" + "0" * 32, account_sid="AC" + "0" * 32, auth_token="0" * 32
    )
    account = {"brand": "Acme", "api_key": "a1b2c3d4", "api_secret": "none"}
    vonage = VonageVerify(**account)
    whole = VonageVerify(**account, events=MemoryEvents(), whatsapp_from="44770090000")
    pair = [
        Child(name="twilio", provider=twilio),
        Child(name="vonage", provider=vonage),
    ]
    fakes = {
        f"`fake://?profile={name}`": FakeVerifyProvider(seed=1, profile=profile)
        for name, profile in PROFILES.items()
    }
    return {
        "`twilio`": twilio,
        "`vonage`": vonage,
        "`vonage` with events and `whatsapp_from`": whole,
        "[`own`](../how-to/own-codes.md)": _own(CodePolicy()),
        "`own` with `resend=same_code`": _own(CodePolicy(resend=Resend.SAME_CODE)),
        "`failover` over `twilio`, `vonage`": FailoverProvider(pair),
        **fakes,
        "[`pigeon`](../how-to/adding-a-provider.md), the tutorial's": PigeonPost(
            "none"
        ),
    }


def _own(policy: CodePolicy) -> OwnCodes:
    return OwnCodes(
        store=MemoryStore(),
        senders=dict.fromkeys(Channel, MemorySender()),
        keys=CodeKeys.generate(),
        brand="Acme",
        policy=policy,
    )


def table() -> str:
    """The table, one line for each provider."""
    lines = [_HEADER, ["---"] * len(_HEADER)]
    lines += [_row(name, provider) for name, provider in shipped().items()]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def page(text: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = text.partition(_BEGIN)
    return before + _BEGIN + "\n" + table() + "\n" + _END + rest.partition(_END)[2]


def _row(name: str, provider: VerifyProvider) -> list[str]:
    can = provider.capabilities
    return [
        name,
        ", ".join(sorted(can.channels)),
        _LOOKUP[can.check_key],
        _LOOKUP[can.fetch],
        _CANCEL[can.cancel],
        "yes" if can.custom_code else "no",
        _REPEATED[can.idempotency],
        _RESEND[can.resend],
        "reported" if can.attempts_reported else "not reported",
        ", ".join(f"`{hint}`" for hint in sorted(can.hints)) or "none",
    ]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
