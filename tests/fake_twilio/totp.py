"""A person with a time-based factor, and codes that the fake did not reckon."""

from __future__ import annotations

import hmac
import struct
from base64 import b32decode
from hashlib import sha1, sha256, sha512
from typing import Any

from tests.fake_twilio.conftest import SERVICE, Line

ANN = f"/v2/Services/{SERVICE}/Entities/ann-from-accounting"
#: The 20 bytes of RFC 6238's test vectors.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
HASHES = {"sha1": sha1, "sha256": sha256, "sha512": sha512}


def rfc_code(
    secret: str, at: float, *, digits: int = 6, step: int = 30, alg: str = "sha1"
) -> str:
    """RFC 6238 in eight lines, without the library that the fake uses."""
    counter = struct.pack(">Q", int(at) // step)
    key = b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, counter, HASHES[alg]).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def now(line: Line, later: float = 0) -> float:
    return line.twilio.clock.now().timestamp() + later


def enrolled(line: Line, **form: str) -> dict[str, Any]:
    """A new factor, not verified."""
    form = {
        "FriendlyName": "Phone",
        "FactorType": "totp",
        "Binding.Secret": SECRET,
        **form,
    }
    status, body = line.call("POST", f"{ANN}/Factors", form)
    assert status == 201, body
    return body


def verified(line: Line, **form: str) -> str:
    """The sid of a new factor that can be challenged."""
    body = enrolled(line, **form)
    config = body["config"]
    code = rfc_code(
        SECRET,
        now(line),
        digits=config["code_length"],
        step=config["time_step"],
        alg=config["alg"],
    )
    _, body = line.call("POST", f"{ANN}/Factors/{body['sid']}", AuthPayload=code)
    assert body["status"] == "verified"
    return str(body["sid"])


def challenge(line: Line, factor: str, **form: str) -> tuple[int, dict[str, Any]]:
    return line.call("POST", f"{ANN}/Challenges", {"FactorSid": factor, **form})


def answer(line: Line, sid: str, code: str) -> tuple[int, dict[str, Any]]:
    return line.call("POST", f"{ANN}/Challenges/{sid}", AuthPayload=code)
