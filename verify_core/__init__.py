"""
Send and check one-time passcodes: the pure core.

Each name loads its module when it is first used, so that `import verify_core` costs
next to nothing and a program that only reads phone numbers never builds the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .channels import (
        Channel as Channel,
        read_channel as read_channel,
    )
    from .errors import (
        InputError as InputError,
        InvalidPhoneNumber as InvalidPhoneNumber,
        InvalidSetting as InvalidSetting,
        VerifyError as VerifyError,
    )
    from .identifiers import (
        EmailAddress as EmailAddress,
        Identifier as Identifier,
    )
    from .masking import (
        Secret as Secret,
    )
    from .phone import (
        PhoneNumber as PhoneNumber,
        PhonePolicy as PhonePolicy,
        read_phone as read_phone,
    )
    from .provider import (
        AsyncVerifyProvider as AsyncVerifyProvider,
        Capabilities as Capabilities,
        VerifyProvider as VerifyProvider,
    )
    from .provider_settings import (
        ProviderSettings as ProviderSettings,
    )
    from .registry import (
        load_async_provider as load_async_provider,
        load_provider as load_provider,
    )
    from .tokens import (
        TokenKeys as TokenKeys,
        from_token as from_token,
        to_token as to_token,
    )
    from .verification import (
        CancelOutcome as CancelOutcome,
        CheckResult as CheckResult,
        Delivery as Delivery,
        Started as Started,
        StartHints as StartHints,
        StartRequest as StartRequest,
        Status as Status,
        Verdict as Verdict,
        VerificationRef as VerificationRef,
        VerificationState as VerificationState,
    )
    from .verifier import (
        AsyncVerifier as AsyncVerifier,
        Verifier as Verifier,
    )

__version__ = "0.1.0"

_HOMES = {
    "AsyncVerifier": "verifier",
    "AsyncVerifyProvider": "provider",
    "CancelOutcome": "verification",
    "Capabilities": "provider",
    "Channel": "channels",
    "CheckResult": "verification",
    "Delivery": "verification",
    "EmailAddress": "identifiers",
    "Identifier": "identifiers",
    "InputError": "errors",
    "InvalidPhoneNumber": "errors",
    "InvalidSetting": "errors",
    "PhoneNumber": "phone",
    "PhonePolicy": "phone",
    "ProviderSettings": "provider_settings",
    "Secret": "masking",
    "StartHints": "verification",
    "StartRequest": "verification",
    "Started": "verification",
    "Status": "verification",
    "TokenKeys": "tokens",
    "Verdict": "verification",
    "VerificationRef": "verification",
    "VerificationState": "verification",
    "Verifier": "verifier",
    "VerifyError": "errors",
    "VerifyProvider": "provider",
    "from_token": "tokens",
    "load_async_provider": "registry",
    "load_provider": "registry",
    "read_channel": "channels",
    "read_phone": "phone",
    "to_token": "tokens",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
