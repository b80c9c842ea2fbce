"""The numbers of users in Django's admin; lists show them masked."""

from __future__ import annotations

from django.contrib import admin

from .models import Phone


@admin.register(Phone)
class PhoneAdmin(admin.ModelAdmin):
    """Whose number it is, and whether the user has shown that."""

    list_display = ("user", "number", "verified")
    list_filter = ("verified",)
    raw_id_fields = ("user",)
    search_fields = ("=number",)
