"""
What a provider is configured by: secrets that rotate, a URL's options, TOML files.

A vendor's `from_settings` reads its URL with `read_options` and hands secrets on as a
`SecretSource`. A provider that is described by a file reads it with `read_toml` and
refuses keys that it does not know with `require_keys`. Whatever cannot be used is an
`InvalidSetting` that names the setting and never shows a secret.
"""

from ._options import (
    REACH_OPTIONS,
    OptionReader,
    count_option,
    first_set,
    flag_option,
    read_options,
    seconds_option,
    text_option,
)
from ._secrets import BearerToken, SecretReader, SecretSource
from ._toml import (
    file_of_url,
    loading,
    read_toml,
    require_keys,
    seconds_of,
    table_of,
    tables_of,
    text_of,
)

__all__ = [
    "REACH_OPTIONS",
    "BearerToken",
    "OptionReader",
    "SecretReader",
    "SecretSource",
    "count_option",
    "file_of_url",
    "first_set",
    "flag_option",
    "loading",
    "read_options",
    "read_toml",
    "require_keys",
    "seconds_of",
    "seconds_option",
    "table_of",
    "tables_of",
    "text_of",
    "text_option",
]
