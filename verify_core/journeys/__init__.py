"""Journeys as Ping's tools export them: read, judged and run without a tenant."""

from ._callbacks import (
    AttributeInputCallback as AttributeInputCallback,
    ChoiceCallback as ChoiceCallback,
    ConsentMappingCallback as ConsentMappingCallback,
    KbaCreateCallback as KbaCreateCallback,
    PollingWaitCallback as PollingWaitCallback,
    SelectIdPCallback as SelectIdPCallback,
    SuspendedTextOutputCallback as SuspendedTextOutputCallback,
    TermsAndConditionsCallback as TermsAndConditionsCallback,
    ValidatedCreatePasswordCallback as ValidatedCreatePasswordCallback,
    ValidatedCreateUsernameCallback as ValidatedCreateUsernameCallback,
)
from ._journey import Journey
from ._values import Finding, JourneyNode, JourneyScript, Tree as Tree
from ._walk import Walk

__all__ = ["Finding", "Journey", "JourneyNode", "JourneyScript", "Walk"]
