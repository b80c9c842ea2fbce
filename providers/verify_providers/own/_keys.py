"""The keys that digests are made with; they lie outside the store."""

from __future__ import annotations

import logging
import os
import re
import secrets
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from attrs import field, frozen

from verify_core.errors import InvalidSetting
from verify_core.files import read_file, reason_of
from verify_core.frames import unframed, unframed_init
from verify_core.masking import Discreet, Hidden, Secret, to_secret
from verify_core.validation import read_or, require_kind, require_mapping

_LOG = logging.getLogger(__package__)
_KEY_BYTES = 32  # as many as SHA-256 has; RFC 2104, section 3
_KEY_ID = re.compile(r"[0-9a-z]{1,16}")
_INDEX = "index"


def _fault() -> InvalidSetting:
    return InvalidSetting(
        "keys", "takes what CodeKeys.to_text() or `verify-core own keys new` wrote"
    )


def _index(value: bytes | Hidden[bytes]) -> Hidden[bytes]:
    return Hidden(_key(Hidden(value).reveal()))


def _keys(
    value: Mapping[str, bytes] | Hidden[Mapping[str, bytes]],
) -> Hidden[Mapping[str, bytes]]:
    given = require_mapping("keys", Hidden(value).reveal())
    if not given or not all(_is_key_id(each) for each in given):
        raise _fault()
    return Hidden({key_id: _key(key) for key_id, key in given.items()})


def _is_key_id(value: object) -> bool:
    return isinstance(value, str) and _KEY_ID.fullmatch(value) is not None


def _key(value: object) -> bytes:
    if not isinstance(value, bytes) or len(value) != _KEY_BYTES:
        raise InvalidSetting("keys", f"takes keys of {_KEY_BYTES} bytes")
    return value


@unframed_init
@frozen(kw_only=True)
class CodeKeys(Discreet):
    """
    The keys under which codes and identifiers are digested; shows only their ids.

    The store without them gives away neither; with them, all codes under way can be
    tried. So keep them elsewhere, and out of the store's backup.

    Attributes:
        index: The key of identifiers and ids, 32 bytes; a rotation keeps it.
        keys: Keys of codes by their id, 32 bytes each; the first is the current one.

    Raises:
        InvalidSetting: No key, an id that is not 1 to 16 small letters and digits, or a
            key of another length.
    """

    _index: Hidden[bytes] = field(converter=_index, repr=False)
    _keys: Hidden[Mapping[str, bytes]] = field(
        converter=_keys, repr=lambda keys: str(list(keys.reveal()))
    )

    @classmethod
    def generate(
        cls, *, token_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> Self:
        """Draw an index key and one key of codes."""
        key_id = token_bytes(4).hex()
        return cls(
            index=token_bytes(_KEY_BYTES), keys={key_id: token_bytes(_KEY_BYTES)}
        )

    def rotated(
        self,
        *,
        most: int = 3,
        token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Self:
        """
        Draw a new current key; codes under way are checked by the older ones.

        Args:
            most: How many keys are kept, the new one included. Rotate no more often
                than codes live, or keep more.
            token_bytes: The source of randomness.
        """
        kept = list(self._keys.reveal().items())[: max(most, 1) - 1]
        new = (token_bytes(4).hex(), token_bytes(_KEY_BYTES))
        return type(self)(index=self._index, keys=dict([new, *kept]))

    @property
    def current(self) -> str:
        """The id of the key that new codes are digested with."""
        return next(iter(self._keys.reveal()))

    def key(self, key_id: str) -> Hidden[bytes] | None:
        """The key of that id, or None where it is not known (any more)."""
        key = self._keys.reveal().get(key_id)
        return None if key is None else Hidden(key)

    def index_key(self) -> Hidden[bytes]:
        """The key of identifiers and ids."""
        return self._index

    def to_text(self) -> Secret:
        """Write them as one line, for an environment variable or a vault."""
        named = {_INDEX: self._index.reveal(), **self._keys.reveal()}
        return Secret(
            " ".join(
                f"{name}:{urlsafe_b64encode(key).decode()}"
                for name, key in named.items()
            )
        )

    @classmethod
    @unframed
    def from_text(cls, text: str | Secret) -> Self:
        """
        Read what `to_text` wrote; line breaks count as spaces.

        Raises:
            InvalidSetting: It is something else; it is not repeated.
        """
        pairs = [
            pair.partition(":") for pair in to_secret(text, "keys").reveal().split()
        ]
        named = {
            name: read_or(urlsafe_b64decode, key, _fault())
            for name, _colon, key in pairs
        }
        index = named.pop(_INDEX, b"")
        if len(named) + 1 != len(pairs):
            raise _fault()
        return cls(index=index, keys=named)

    @classmethod
    @unframed
    def read(cls, path: Path) -> Self:
        """
        Read them from a file.

        Raises:
            InvalidSetting: It cannot be read, or holds something else.
        """
        shown = f"{require_kind('keys', path, Path)}"
        written = read_file("keys", path, shown=shown)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            _LOG.warning("%s: others than its owner can use the keys of codes", path)
        fault = _fault()
        return cls.from_text(read_or(bytes.decode, written, fault))

    @unframed
    def write(self, path: Path, *, replace: bool = False) -> None:
        """
        Write them to a file that its owner alone can read (mode 0600), as a whole.

        Args:
            path: Where to.
            replace: Whether a file that is there is replaced, as after `rotated`.

        Raises:
            InvalidSetting: The file is there already, or cannot be written.
        """
        lines = self.to_text().reveal().replace(" ", "\n") + "\n"
        try:
            _write(path, lines.encode(), replace=replace)
        except FileExistsError:
            fault = f"{path} is there already; it would be lost"
        except OSError as error:
            fault = f"{path} cannot be written: {reason_of(error)}"
        else:
            return
        raise InvalidSetting("keys", fault)


def keys_at(path: Path) -> tuple[CodeKeys, bool]:
    """
    Read the keys of a file, or make it; the other value says whether it was made.

    Of several processes that come at once, one makes it and all read the same keys.

    Raises:
        InvalidSetting: It can neither be read nor written, or holds something else.
    """
    if not path.exists():
        with suppress(InvalidSetting):
            keys = CodeKeys.generate()
            keys.write(path)
            return keys, True
    return CodeKeys.read(path), False


def _write(path: Path, data: bytes, *, replace: bool) -> None:
    # mkstemp makes a file of mode 0600. By its link or its name it appears as a whole.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        if replace:
            os.replace(name, path)  # noqa: PTH105 - as it is called elsewhere
        else:
            os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
