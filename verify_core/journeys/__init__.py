"""Journeys as Ping's tools export them: read, judged and run without a tenant."""

from ._questions import (
    AttributeInputCallback as AttributeInputCallback,
    ChoiceCallback as ChoiceCallback,
)
from ._values import Finding, Journey, JourneyNode, JourneyScript
from ._walk import Walk

__all__ = ["Finding", "Journey", "JourneyNode", "JourneyScript", "Walk"]
