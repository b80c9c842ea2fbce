"""Journeys as Ping's tools export them: read and judged without a tenant."""

from ._values import Finding, Journey, JourneyNode, JourneyScript

__all__ = ["Finding", "Journey", "JourneyNode", "JourneyScript"]
