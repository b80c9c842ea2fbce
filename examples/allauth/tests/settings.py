"""The README's settings in the smallest project that they allow."""

from __future__ import annotations

from verify_core import Verifier, load_provider

SECRET_KEY = "of tests"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "tests.urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "verify_allauth",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
USE_TZ = True
LOGIN_REDIRECT_URL = "/welcome/"

ACCOUNT_ADAPTER = "verify_allauth.adapter.VerifyAccountAdapter"
ACCOUNT_FORMS = {
    "verify_phone": "verify_allauth.forms.VerifyPhoneForm",
    "confirm_login_code": "verify_allauth.forms.ConfirmLoginCodeForm",
    "confirm_reauthentication_code": (
        "verify_allauth.forms.ConfirmReauthenticationCodeForm"
    ),
}
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*", "password1*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_RATE_LIMITS = False  # of its own; here tests ask often
VERIFIER = Verifier(load_provider("fake://?seed=1"))
