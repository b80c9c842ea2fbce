"""
Who asks AWS, and how a request is signed; botocore does both, and sends nothing.

boto3 itself repeats a request whose answer was lost, and does not say whether one left:
read in PyPI boto3 1.44.8, 2026-11-28.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from attrs import evolve

from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.frames import unframed
from verify_core.installing import install_hint
from verify_core.masking import Secret, to_secret
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import require_kind, require_text

from ...config import SecretReader, SecretSource, first_set
from ...http import AsyncHttpDriver, HttpRequest, Reach
from ._http import (
    AsyncConversationSender,
    ConversationSender,
    Delivering,
    SendConversation,
)
from ._sender import MaybeSent, Message, Sent

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials

_REGION = re.compile("[a-z]{2,4}(-[a-z]{2,20}){1,3}-[0-9]{1,2}")


class AwsKeys:
    """
    Keys that were given, or those that botocore's chain finds and refreshes.

    Args:
        name: The sender's name, for errors.
        access_key_id: With its secret; None asks the chain.
        secret_access_key: Its secret.
        session_token: Of temporary keys.
        profile: A profile of AWS's shared files, for the chain.

    Raises:
        InvalidSetting: botocore is not installed, or settings are at odds.
    """

    @unframed
    def __init__(
        self,
        *,
        name: str,
        access_key_id: str | None,
        secret_access_key: SecretSource | None,
        session_token: SecretSource | None,
        profile: str | None,
    ) -> None:
        try:
            import botocore.auth  # noqa: F401 - whether it is there
        except ImportError:
            raise InvalidSetting(
                "sender", f"needs botocore: {install_hint('aws')}"
            ) from None
        self._name = name
        self._given: tuple[Secret, SecretReader, SecretReader | None] | None = None
        self._profile = None if profile is None else require_text("profile", profile)
        self._found: Any = None
        self._asking = Lock()
        if access_key_id is None:
            if secret_access_key is not None or session_token is not None:
                raise InvalidSetting(
                    "access_key_id", "missing; a secret belongs to one"
                )
            return
        if profile is not None:
            raise InvalidSetting("profile", "pass it or access_key_id, not both")
        token = session_token
        self._given = (
            to_secret(access_key_id, "access_key_id"),
            _reader(name, "secret_access_key", secret_access_key or ""),
            None if token is None else _reader(name, "session_token", token),
        )

    @property
    def at_hand(self) -> bool:
        """Whether `read` asks no other machine."""
        if self._given is not None:
            return True
        refresh_needed = getattr(self._found, "refresh_needed", lambda: False)
        return self._found is not None and not refresh_needed()

    def read(self) -> ReadOnlyCredentials:
        """
        Return the keys as they are now.

        Raises:
            Misconfigured: They are missing, or cannot be read.
        """
        from botocore.credentials import ReadOnlyCredentials
        from botocore.session import Session

        if self._given is not None:
            key, secret, token = self._given
            return ReadOnlyCredentials(
                key.reveal(), secret.read(), None if token is None else token.read()
            )
        fault = "no AWS credentials were found"
        try:
            self._found = (
                self._found or Session(profile=self._profile).get_credentials()
            )
            if self._found is not None:
                return cast("ReadOnlyCredentials", self._found.get_frozen_credentials())
        except Exception as error:  # noqa: BLE001 - a chain may run any code
            fault = f"AWS credentials cannot be read: {type(error).__name__}"
        raise Misconfigured(fault, self._name)


def _reader(name: str, setting: str, source: SecretSource) -> SecretReader:
    return SecretReader(setting=setting, provider=name, source=source)


class AwsSender(ConversationSender):
    """
    The base of senders by AWS, whose requests have a signature (version 4).

    Args:
        ask: Makes the request to `/` for a message, not signed yet.
        delivering: How its answer reads.
        service: The name under which requests are signed.
        region: AWS region.
        keys: Read anew for each request.
        reach: How AWS is reached.
        clock: The present, aware.

    Raises:
        InvalidSetting: As `AwsKeys`, or a malformed region.
    """

    def __init__(
        self,
        ask: Callable[[Message], HttpRequest],
        *,
        delivering: Delivering,
        service: str,
        region: str,
        keys: AwsKeys,
        reach: Reach,
        clock: Callable[[], datetime],
    ) -> None:
        if not _REGION.fullmatch(require_kind("region", region, str)):
            raise InvalidSetting("region", "takes a region such as eu-west-1")
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        address = f"https://{service}.{region}.{domain}"
        url = require_kind("reach", reach, Reach).url_or(address) + "/"

        def signed(message: Message) -> HttpRequest:
            return _sign(ask(message), keys.read(), url, (service, region), clock())

        super().__init__(
            signed, delivering=delivering, address=address, reach=reach, clock=clock
        )
        self._keys = keys

    def awaited(self) -> AsyncConversationSender:
        """See `ConversationSender.awaited`; keys are refreshed in a thread."""
        return _AsyncAwsSender(self._converse, self._awaited_driver(), self._keys)


class _AsyncAwsSender(AsyncConversationSender):
    def __init__(
        self,
        converse: Callable[[Message], SendConversation],
        driver: AsyncHttpDriver,
        keys: AwsKeys,
    ) -> None:
        super().__init__(converse, driver)
        self._keys = keys

    @unframed
    async def send(self, message: Message) -> Sent | MaybeSent:
        """Deliver the message once; see `Sender.send`."""
        if not self._keys.at_hand:  # botocore blocks while it asks for them
            await asyncio.to_thread(self._keys.read)
        return await super().send(message)


def _sign(
    asked: HttpRequest,
    keys: ReadOnlyCredentials,
    url: str,
    service_and_region: tuple[str, str],
    now: datetime,
) -> HttpRequest:
    from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
    from botocore.awsrequest import AWSRequest

    stamp = now.astimezone(UTC).strftime(SIGV4_TIMESTAMP)
    headers = {**asked.headers, "X-Amz-Date": stamp}
    if keys.token:
        headers["X-Amz-Security-Token"] = keys.token
    typed = {"Content-Type": asked.content_type, **headers}
    request = AWSRequest(method="POST", url=url, data=asked.body, headers=typed)
    request.context["timestamp"] = stamp
    # Not add_auth(), which reads a clock of its own and logs the session's token.
    auth = SigV4Auth(keys, *service_and_region)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, "
        f"SignedHeaders={auth.signed_headers(auth.headers_to_sign(request))}, "
        f"Signature={auth.signature(text, request)}"
    )
    return evolve(asked, headers={"Accept": "*/*", **headers})


def key_arguments(settings: ProviderSettings) -> dict[str, Any]:
    """
    Keys from `sns://KEYID:SECRET@region`, else from `AWS_ACCESS_KEY_ID` and the like.

    Without them, or with a profile, botocore's chain is asked.
    """
    if settings.user or settings.secret is not None:
        return {
            "access_key_id": settings.user or None,
            "secret_access_key": settings.secret,
        }
    environ = settings.environ
    key_id = first_set(environ, "AWS_ACCESS_KEY_ID")
    if key_id is None or "profile" in settings.options:
        return {}
    return {
        "access_key_id": key_id,
        "secret_access_key": first_set(environ, "AWS_SECRET_ACCESS_KEY"),
        "session_token": first_set(environ, "AWS_SESSION_TOKEN"),
    }


def region_of(settings: ProviderSettings) -> str:
    """The region in a URL, else in `AWS_REGION` or `AWS_DEFAULT_REGION`."""
    if settings.path:
        raise InvalidSetting("path", f"takes none: write {settings.name}://region")
    found = settings.host or first_set(
        settings.environ, "AWS_REGION", "AWS_DEFAULT_REGION"
    )
    if found is None:
        raise InvalidSetting("region", "missing; put it into the URL, or AWS_REGION")
    return found
