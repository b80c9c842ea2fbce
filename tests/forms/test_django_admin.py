"""The admin of Django lists and filters models with a phone number."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROJECT = """
import json, re
import django
from django.conf import settings

APPS = ["admin", "auth", "contenttypes", "messages", "sessions"]
PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[f"django.contrib.{name}" for name in APPS],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": PROCESSORS},
    }],
    ALLOWED_HOSTS=["testserver"], ROOT_URLCONF="__main__", SECRET_KEY="x" * 50,
)
django.setup()

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models
from django.test import Client
from django.urls import path
from verify_core.forms.django import PhoneModelField

class Person(models.Model):
    own = PhoneModelField(null=True, blank=True)
    work = PhoneModelField(blank=True)
    class Meta:
        app_label = "auth"

@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display, list_filter, search_fields = ["own"], ["own", "work"], ["own"]

urlpatterns = [path("admin/", admin.site.urls)]
call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    editor.create_model(Person)
Person.objects.create(own="+1 555 323 1234", work="+1 555 323 1234")
Person.objects.create(own=None, work="")
client = Client()
client.force_login(User.objects.create_superuser("a", "a@example.org", "p"))

def page(query):
    answer = client.get(f"/admin/auth/person/{query}")
    text = answer.content.decode()
    rows = re.findall(r'field-own">(?:<a[^>]*>)?([^<]+)', text)
    links = re.findall(r'<a href="([?](?:own|work)[^"]*)"', text)
    return answer.status_code, rows, links

links = page("")[2]
print(json.dumps({link: page(link)[:2] for link in ["", *links, "?q=555323"]}))
"""
MASKED, WITHOUT = "+1********34", "-"


def test_the_admin_filters_by_whether_there_is_a_number() -> None:
    pytest.importorskip("django")

    run = subprocess.run(
        [sys.executable, "-c", PROJECT], check=True, capture_output=True, text=True
    )

    assert json.loads(run.stdout) == {
        "": [200, [WITHOUT, MASKED]],
        "?own__isempty=1": [200, [WITHOUT]],
        "?own__isempty=0": [200, [MASKED]],
        "?work__isempty=1": [200, [WITHOUT]],
        "?work__isempty=0": [200, [MASKED]],
        "?q=555323": [200, [MASKED]],
    }
