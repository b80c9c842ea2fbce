"""allauth's headless API, its codes checked by the provider."""

from __future__ import annotations

from unittest import skipUnless

from allauth.headless.account import views
from django.contrib.auth import get_user_model
from django.test import TestCase, override_settings
from verify_allauth.models import Phone

from verify_core import Verifier
from verify_fakes import FakeVerifyProvider

NUMBER = "+15553231234"
PENDING = 401


class Headless(TestCase):
    """What a front end of one's own asks, as a browser and as an app."""

    def setUp(self) -> None:
        self.provider = FakeVerifyProvider(seed=1)
        settings = override_settings(VERIFIER=Verifier(self.provider))
        settings.enable()
        self.addCleanup(settings.disable)

    @property
    def code(self) -> str:
        return self.provider.outbox[-1].code

    def ask(self, path: str, *, client: str = "browser", token: str = "", **body: str):
        headers = {"X-Session-Token": token} if token else {}
        return self.client.post(
            f"/_allauth/{client}/v1/auth/{path}",
            body,
            content_type="application/json",
            headers=headers,
        )

    def member(self) -> Phone:
        user = get_user_model().objects.create_user("ada")
        return Phone.objects.create(user=user, number=NUMBER, verified=True)

    def test_a_sign_up_ends_with_the_code(self) -> None:
        answer = self.ask("signup", phone=NUMBER, password="correct horse battery")
        self.assertEqual(answer.status_code, PENDING)
        (wrong,) = self.ask("phone/verify", code="000000").json()["errors"]
        self.assertEqual((wrong["param"], wrong["code"]), ("code", "incorrect_code"))

        answer = self.ask("phone/verify", code=self.code)

        self.assertTrue(answer.json()["meta"]["is_authenticated"])
        self.assertTrue(Phone.objects.get().verified)

    def test_an_app_logs_in_by_a_code(self) -> None:
        self.member()
        answer = self.ask("code/request", client="app", phone=NUMBER)
        token = answer.json()["meta"]["session_token"]

        def give(code: str):
            return self.ask("code/confirm", client="app", token=token, code=code)

        self.assertEqual(give("000000").status_code, 400)
        answer = give(f" {self.code[:3]}-{self.code[3:]} ")

        self.assertTrue(answer.json()["meta"]["is_authenticated"])

    @skipUnless(hasattr(views, "ConfirmReauthenticationCodeView"), "allauth 65.22")
    def test_confirming_again_by_a_code(self) -> None:
        self.client.force_login(self.member().user)
        self.ask("reauthenticate/code/request", phone=NUMBER)
        page = "reauthenticate/code/confirm"
        self.assertEqual(self.ask(page, code="000000").status_code, 400)

        self.assertEqual(self.ask(page, code=self.code).status_code, 200)

        (record,) = self.client.session["account_authentication_methods"]
        self.assertTrue(record["reauthenticated"])

    def test_a_vendor_that_is_away_fails_no_request(self) -> None:
        self.member()
        self.provider.faults.arm("start", 20503, last=None)

        answer = self.ask("code/request", phone=NUMBER)

        self.assertEqual(answer.status_code, PENDING)
