"""
Links to a phone number, as contact pages have them: `tel:+1-555-323-1234`.

Source: RFC 3966, The tel URI for Telephone Numbers, sections 3 and 5.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from ..errors import InvalidPhoneNumber, PhoneReason

_SCHEME = "tel:"
_OTHER_SCHEME = re.compile("(sips?|callto|skype|xmpp|mailto|https?):", re.IGNORECASE)
# Extension and ISDN subaddress lead past the number; `postd` is what RFC 2806 called
# digits to dial afterwards.
_PAST_THE_NUMBER = frozenset({"ext", "isub", "postd"})
_CONTEXT = "phone-context"
_NAME = re.compile(r"[a-z][a-z0-9-]*")
# "MUST NOT use the URI if it contains unknown mandatory parameters" (section 5.4).
_MANDATORY = "m-"


def text_of_link(text: str) -> str:
    """
    What a `tel:` link says, as a person would write it; any other text as it is.

    A number that is only valid within a context is put behind it where the context is
    the beginning of a number, as in `tel:7042;phone-context=+1-914-555`.

    Raises:
        InvalidPhoneNumber: The link leads to an extension, into a context that is the
            domain of a private network, or it is malformed; or it is of another scheme.
    """
    if _OTHER_SCHEME.match(text):
        raise InvalidPhoneNumber(PhoneReason.LETTERS)  # an address, not a number
    if text[: len(_SCHEME)].lower() != _SCHEME:
        return text
    number, *parameters = text[len(_SCHEME) :].split(";")
    contexts = []
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        kind = name.strip().lower()
        if kind in _PAST_THE_NUMBER:
            raise InvalidPhoneNumber(PhoneReason.EXTENSION)
        if kind == _CONTEXT:
            contexts.append(value)
        elif not _NAME.fullmatch(kind) or kind.startswith(_MANDATORY):
            raise InvalidPhoneNumber(PhoneReason.UNEXPECTED_CHARACTER)
    # A border between the two keeps the calling code in one piece, or shows it cut.
    return unquote(" ".join([*map(_prefix, contexts), number]))


def _prefix(context: str) -> str:
    prefix = unquote(context).strip()
    if not prefix.startswith("+"):
        raise InvalidPhoneNumber(PhoneReason.MISSING_COUNTRY_CODE)
    return prefix
