"""Where a fake can be faithful in more than one way."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class Profile:
    """
    The choices.

    Attributes:
        strict_numbers: Refuse numbers that cannot be in use, as real Twilio does; by
            default every strictly possible number is accepted, so that fiction works.
        magic_numbers: Whether `MAGIC_NUMBERS` have their fates; real Verify has none.
        services_on_first_use: Whether a well-formed service sid becomes a service.
    """

    strict_numbers: bool = False
    magic_numbers: bool = True
    services_on_first_use: bool = True
