"""Send and check one-time passcodes: the pure core."""

from .channels import Channel, read_channel
from .errors import InputError, InvalidSetting, VerifyError
from .flow import Verifier
from .identifiers import EmailAddress, Identifier
from .masking import Secret
from .outcomes import Outcome
from .phone import InvalidPhoneNumber, PhoneNumber, PhonePolicy, PhoneReason, read_phone
from .provider import Capabilities, ProviderSettings, VerifyProvider
from .registry import load_provider
from .tokens import TokenKeys, from_token, to_token
from .verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartHints,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

__version__ = "0.1.0"

__all__ = [
    "CancelOutcome",
    "Capabilities",
    "Channel",
    "CheckResult",
    "Delivery",
    "EmailAddress",
    "Identifier",
    "InputError",
    "InvalidPhoneNumber",
    "InvalidSetting",
    "Outcome",
    "PhoneNumber",
    "PhonePolicy",
    "PhoneReason",
    "ProviderSettings",
    "Secret",
    "StartHints",
    "StartRequest",
    "Started",
    "Status",
    "TokenKeys",
    "Verdict",
    "VerificationRef",
    "VerificationState",
    "Verifier",
    "VerifyError",
    "VerifyProvider",
    "from_token",
    "load_provider",
    "read_channel",
    "read_phone",
    "to_token",
]
