"""The Django example in this process, by Django's own test client."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.support.around import Hooked
from verify_core import Verifier
from verify_fakes import FakeVerifyProvider

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "django_login"


@frozen
class Served:
    """
    A browser that has been nowhere, and the provider behind the pages.

    Attributes:
        client: Django's test client.
        provider: The provider.
        hooks: Stand before it.
    """

    client: Any
    provider: FakeVerifyProvider
    hooks: Hooked

    @property
    def code(self) -> str:
        return self.provider.outbox[-1].code

    def post(self, path: str, **form: str) -> Any:  # noqa: ANN401 - Django is untyped
        return self.client.post(path, form, follow=True)


@pytest.fixture(scope="session")
def django_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    pytest.importorskip("django")
    database = tmp_path_factory.mktemp("django") / "codes.db"
    sys.path.insert(0, str(FOLDER))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_SETTINGS_MODULE", "passcode_login.settings")
        patch.setitem(os.environ, "VERIFY_PROVIDER", "fake://?seed=1")
        patch.setitem(os.environ, "DJANGO_DATABASE", str(database))
        import django

        django.setup(set_prefix=False)
        yield
    sys.path.remove(str(FOLDER))


@pytest.fixture
def served(django_project: None, tmp_path: Path) -> Iterator[Served]:
    from django.test import Client
    from django.test.utils import override_settings

    provider = FakeVerifyProvider(seed=1)
    hooks = Hooked(provider)
    with override_settings(
        VERIFIER=Verifier(hooks),
        SESSION_FILE_PATH=str(tmp_path),
        ALLOWED_HOSTS=["testserver"],
    ):
        yield Served(Client(), provider, hooks)
