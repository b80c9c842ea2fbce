"""Pigeon Post for verify_core."""

from .provider import PigeonPost, from_settings

__all__ = ["PigeonPost", "from_settings"]
