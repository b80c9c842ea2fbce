"""
Send and check one-time passcodes: the pure core.

Values, `Verifier` and what reads a person's input are imported from here, errors from
`verify_core.errors`; `docs/reference/api.md` lists every public name under its one
home. Each name loads its module when it is first used, so that `import verify_core`
costs next to nothing and a program that only reads phone numbers never builds the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .accepting import accept as accept, attempt_of as attempt_of
    from .channels import (
        Channel as Channel,
        IdentifierKind as IdentifierKind,
        read_channel as read_channel,
    )
    from .codes import read_code as read_code
    from .errors import InvalidPhoneNumber as InvalidPhoneNumber
    from .events import (
        EventHook as EventHook,
        Method as Method,
        Phase as Phase,
        VerifyEvent as VerifyEvent,
    )
    from .explain import ErrorRecord as ErrorRecord, record_of as record_of
    from .identifiers import EmailAddress as EmailAddress, Identifier as Identifier
    from .masking import Secret as Secret, to_secret as to_secret
    from .messages import text_of as text_of
    from .phone import (
        NumberType as NumberType,
        PhoneNumber as PhoneNumber,
        PhonePolicy as PhonePolicy,
        Provenance as Provenance,
        read_phone as read_phone,
    )
    from .provider import (
        AsyncVerifyProvider as AsyncVerifyProvider,
        CancelSupport as CancelSupport,
        Capabilities as Capabilities,
        Idempotency as Idempotency,
        LookupKey as LookupKey,
        Resend as Resend,
        VerifyProvider as VerifyProvider,
        owns as owns,
        resend_of as resend_of,
    )
    from .provider_settings import (
        ProviderSettings as ProviderSettings,
        require_options as require_options,
    )
    from .registry import (
        load_async_provider as load_async_provider,
        load_provider as load_provider,
    )
    from .tokens import (
        DEFAULT_MAX_AGE as DEFAULT_MAX_AGE,
        TokenKeys as TokenKeys,
        from_token as from_token,
        to_token as to_token,
    )
    from .verification import (
        AttemptReport as AttemptReport,
        CancelOutcome as CancelOutcome,
        CheckResult as CheckResult,
        Delivery as Delivery,
        DeliveryAttempt as DeliveryAttempt,
        Started as Started,
        StartHints as StartHints,
        StartRequest as StartRequest,
        Status as Status,
        Verdict as Verdict,
        VerificationRef as VerificationRef,
        VerificationState as VerificationState,
    )
    from .verifier import AsyncVerifier as AsyncVerifier, Verifier as Verifier

__version__ = "0.1.0"

_LISTED = {
    "accepting": "accept attempt_of",
    "channels": "Channel",
    "events": "VerifyEvent",
    "explain": "record_of",
    "identifiers": "EmailAddress Identifier",
    "masking": "Secret",
    "messages": "text_of",
    "phone": "PhoneNumber PhonePolicy read_phone",
    "provider": "AsyncVerifyProvider Capabilities VerifyProvider",
    "provider_settings": "ProviderSettings require_options",
    "registry": "load_async_provider load_provider",
    "tokens": "DEFAULT_MAX_AGE TokenKeys from_token to_token",
    "verification": "CancelOutcome CheckResult Delivery DeliveryAttempt StartHints"
    " StartRequest Started Status Verdict VerificationRef VerificationState",
    "verifier": "AsyncVerifier Verifier",
}
# Programs may import these from here, too, since they once stood in the list: an error
# of the first version's documents, and what providers used before `accept`.
_UNLISTED = {
    "channels": "IdentifierKind read_channel",
    "codes": "read_code",
    "errors": "InvalidPhoneNumber",
    "events": "EventHook Method Phase",
    "explain": "ErrorRecord",
    "masking": "to_secret",
    "phone": "NumberType Provenance",
    "provider": "CancelSupport Idempotency LookupKey Resend owns resend_of",
    "verification": "AttemptReport",
}


def _homes(names: dict[str, str]) -> dict[str, str]:
    return {name: home for home, listed in names.items() for name in listed.split()}


__all__ = list(_homes(_LISTED))
_HOMES = _homes(_LISTED) | _homes(_UNLISTED)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
