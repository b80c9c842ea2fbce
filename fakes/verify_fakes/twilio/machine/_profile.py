"""Where a fake can be faithful in more than one way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen


@frozen(kw_only=True)
class Profile:
    """
    The choices.

    Attributes:
        strict_numbers: Refuse numbers that cannot be in use, as real Twilio does; by
            default every strictly possible number is accepted, so that fiction works.
        magic_numbers: Whether `MAGIC_NUMBERS` have their effects; real Verify has none.
        services_on_first_use: Whether a well-formed service sid becomes a service.
        templates_on_first_use: Whether a well-formed template sid that is unknown is
            taken for a template with the usual text; real Twilio refuses it.
        docs: Write bodies as the vendor's document shows them, not as live captures do.
        trial_account: Send only to numbers that the account has verified
            (`Traits.verify`), as a trial account does.
    """

    strict_numbers: bool = False
    magic_numbers: bool = True
    services_on_first_use: bool = True
    templates_on_first_use: bool = True
    docs: bool = False
    trial_account: bool = False


#: The profiles by name, each with what it changes; LIMITS.md lists the differences.
PROFILES: Final[Mapping[str, Profile]] = {
    "default": Profile(),
    "docs": Profile(docs=True),
    "strict-numbers": Profile(strict_numbers=True),
    "trial-account": Profile(trial_account=True),
}
