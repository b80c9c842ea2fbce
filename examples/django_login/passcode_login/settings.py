"""The whole configuration; what differs in production comes from the environment."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from verify_core import Verifier, load_provider

_ENVIRON = os.environ  # noqa: TID251 - a project's settings are where it is read

#: One for the process: it keeps connections, and may be used from several threads.
VERIFIER = Verifier(load_provider(_ENVIRON.get("VERIFY_PROVIDER", "fake://")))

# A random key signs everybody out at the next start; keep one in your secret store.
SECRET_KEY = _ENVIRON.get("DJANGO_SECRET_KEY") or get_random_secret_key()
ALLOWED_HOSTS = _ENVIRON.get("DJANGO_HOSTS", "127.0.0.1,localhost").split(",")
DEBUG = False  # its error pages show what people typed

ROOT_URLCONF = "passcode_login.views"
INSTALLED_APPS = ["django.contrib.messages", "login_codes"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).with_name("templates")],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# Only for codes of your own (login_codes/store.py); nothing else here asks it anything.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _ENVIRON.get("DJANGO_DATABASE", "codes.db"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # SQLite locks no single rows
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            "timeout": 20,
        },
    }
}
USE_TZ, TIME_ZONE = True, "UTC"

# On the server, so that the reference never reaches the browser. In files, so that this
# example needs no database; with one, take Django's default.
SESSION_ENGINE = "django.contrib.sessions.backends.file"
SESSION_FILE_PATH = _ENVIRON.get("SESSION_FOLDER") or tempfile.mkdtemp("-sessions")
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = "LOGIN_HTTPS" in _ENVIRON
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
