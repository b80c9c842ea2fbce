"""Journeys as Ping's tools export them: read and judged without a tenant."""

from ._values import Journey, JourneyNode, JourneyScript

__all__ = ["Journey", "JourneyNode", "JourneyScript"]
