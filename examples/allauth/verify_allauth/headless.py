"""
allauth's headless API, its codes checked by the provider.

In the URLs, before allauth's own:

    path("_allauth/", include("verify_allauth.headless")),
    path("_allauth/", include("allauth.headless.urls")),
"""

from __future__ import annotations

from allauth.headless import app_settings
from allauth.headless.account import inputs, views
from allauth.headless.constants import Client
from django.urls import URLPattern, path

from .forms import CheckedByTheProvider


def _checked(at: str, name: str) -> list[URLPattern]:
    """The paths of one of allauth's views, by each kind of client."""
    view = getattr(views, f"{name}View", None)
    if view is None:  # confirming again by a code came with allauth 65.22
        return []
    bases = (CheckedByTheProvider, getattr(inputs, f"{name}Input"))
    options = {"input_class": type(f"{name}Input", bases, {})}
    return [
        path(f"{client.value}/v1/auth/{at}", view.as_api_view(client=client, **options))
        for client in map(Client, app_settings.CLIENTS)
    ]


urlpatterns = [
    *_checked("code/confirm", "ConfirmLoginCode"),
    *_checked("phone/verify", "VerifyPhone"),
    *_checked("reauthenticate/code/confirm", "ConfirmReauthenticationCode"),
]
