"""Pigeon Post for verify_core."""

from .provider import AsyncPigeonPost, PigeonPost, async_from_settings, from_settings

__all__ = ["AsyncPigeonPost", "PigeonPost", "async_from_settings", "from_settings"]
