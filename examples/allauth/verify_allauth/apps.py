"""What Django calls this application."""

from __future__ import annotations

from django.apps import AppConfig


class VerifyAllauth(AppConfig):
    """One table: the number of each user."""

    name = "verify_allauth"
    default_auto_field = "django.db.models.BigAutoField"
