"""
The verifications that run, in the session of the person who types their codes.

allauth keeps a code for each process of its own (a sign-up, a log-in, a change of the
number). Ours is only a name: the session keeps the reference under it. So the code that
one number received never counts for another.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from verify_core import VerificationRef
from verify_core.errors import InvalidSetting

_KEY = "verify_allauth"
_PREFIX = "verify_allauth-"
#: Processes of one session; an older one has to be begun anew.
_MOST = 5

Session = Any


def new_name() -> str:
    """What allauth keeps in place of a code; it is never sent."""
    return _PREFIX + secrets.token_urlsafe()


def is_name(code: object) -> bool:
    """Whether a code is a name from `new_name`, not a code that allauth made."""
    return isinstance(code, str) and code.startswith(_PREFIX)


def keep(session: Session, name: str, ref: VerificationRef) -> None:
    """Keep a reference under a name."""
    kept = [each for each in _kept(session).items() if each[0] != name]
    session[_KEY] = dict([*kept, (name, ref.to_json())][-_MOST:])


def find(session: Session, name: str) -> VerificationRef | None:
    """The reference under a name."""
    return _read(_kept(session).get(name))


def find_of(session: Session, number: str) -> VerificationRef | None:
    """The newest reference to a number, for sending once more."""
    refs = map(_read, reversed(_kept(session).values()))
    return next((ref for ref in refs if ref and ref.identifier.value == number), None)


def forget(session: Session, name: str) -> None:
    """Drop what has ended."""
    session[_KEY] = {key: ref for key, ref in _kept(session).items() if key != name}


def _kept(session: Session) -> dict[str, Any]:
    kept = session.get(_KEY)
    return dict(kept) if isinstance(kept, Mapping) else {}


def _read(kept: object) -> VerificationRef | None:
    try:
        return VerificationRef.from_json(kept)
    except InvalidSetting:  # nothing, or a reference of another release
        return None
