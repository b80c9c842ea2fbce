"""
What a provider is configured by: secrets that rotate, and the options of a URL.

A vendor's `from_settings` reads its URL with `read_options` and hands secrets on as a
`SecretSource`. Whatever cannot be used is an `InvalidSetting` that names the setting
and never shows a secret.
"""

from ._options import REACH_OPTIONS, first_set, read_options
from ._secrets import (
    BasicCredentials as BasicCredentials,
    BearerToken,
    SecretReader,
    SecretSource,
    secret_in as secret_in,
)

__all__ = [
    "REACH_OPTIONS",
    "BearerToken",
    "SecretReader",
    "SecretSource",
    "first_set",
    "read_options",
]
