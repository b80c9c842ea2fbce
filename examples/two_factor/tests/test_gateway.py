"""The pages of django-two-factor-auth, with our gateway behind them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from attrs import evolve
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import TestCase, override_settings
from two_factor.plugins.phonenumber.models import PhoneDevice
from verify_two_factor import VerifyGateway

from verify_core import Verifier
from verify_core.errors import Unavailable
from verify_fakes import FakeVerifyProvider

NUMBER = "+442071838750"


class Deaf(FakeVerifyProvider):
    """The vendor is away."""

    def start(self, request, previous=None):
        raise Unavailable(self.name)


class Stubborn(FakeVerifyProvider):
    """It takes no codes of its caller's."""

    def __init__(self) -> None:
        super().__init__(seed=1)
        self.capabilities = evolve(self.capabilities, custom_code=False)


class Gateway(TestCase):
    def setUp(self) -> None:
        cache.clear()
        self.provider = FakeVerifyProvider(seed=1)
        settings = override_settings(VERIFIER=Verifier(self.provider))
        settings.enable()
        self.addCleanup(settings.disable)
        self.user = get_user_model().objects.create_user("ada", password="secret")

    def device(self, method: str = "sms") -> PhoneDevice:
        return PhoneDevice.objects.create(
            user=self.user, name="default", number=NUMBER, method=method
        )

    def log_in(self):
        step = {"login_view-current_step": "auth"}
        person = {"auth-username": "ada", "auth-password": "secret"}
        return self.client.post("/account/login/", {**step, **person})

    def give(self, token: str):
        step = {"login_view-current_step": "token", "token-otp_token": token}
        return self.client.post("/account/login/", step)

    def test_the_token_arrives_and_opens(self) -> None:
        self.device()
        self.log_in()

        message = self.provider.outbox[-1]
        answer = self.give(message.code)

        self.assertEqual((message.to, message.channel), (NUMBER, "sms"))
        self.assertRedirects(answer, "/account/two_factor/")

    def test_a_wrong_token_opens_nothing(self) -> None:
        self.device()
        self.log_in()

        self.assertEqual(self.give("000000").status_code, 200)
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_a_call_speaks_it(self) -> None:
        self.device("call")
        self.log_in()

        self.assertEqual(self.provider.outbox[-1].channel, "call")

    def test_the_second_message_has_the_second_token(self) -> None:
        """The vendor would keep the first code of a verification that runs."""
        device = self.device()
        for token in ("123456", "654321"):
            VerifyGateway().send_sms(device, token)
            self.assertEqual(self.provider.outbox[-1].code, token)

    def test_a_number_that_has_moved_on_is_sent_to_again(self) -> None:
        device = self.device()
        VerifyGateway().send_sms(device, "123456")
        self.provider.clock.advance(timedelta(hours=1))

        VerifyGateway().send_sms(device, "654321")

        self.assertEqual(self.provider.outbox[-1].code, "654321")

    def test_a_phone_is_set_up(self) -> None:
        self.client.force_login(self.user)
        for step, fields in (
            ("welcome", {}),
            ("method", {"method-method": "sms"}),
            ("sms", {"sms-number": NUMBER}),
        ):
            form = {"setup_view-current_step": step, **fields}
            self.client.post("/account/two_factor/setup/", form)
        answer = self.client.post(
            "/account/two_factor/setup/",
            {
                "setup_view-current_step": "validation",
                "validation-token": self.provider.outbox[-1].code,
            },
        )

        self.assertRedirects(answer, "/account/two_factor/setup/complete/")
        self.assertEqual(PhoneDevice.objects.get().number.as_e164, NUMBER)

    def test_the_page_says_that_the_vendor_is_away(self) -> None:
        self.device()
        with override_settings(VERIFIER=Verifier(Deaf(seed=1))):
            answer = self.log_in()

        self.assertEqual(answer.status_code, 200)
        (said,) = [str(each) for each in answer.context["messages"]]
        self.assertTrue(said.endswith("."), said)
        self.assertNotIn("2071", said)

    def test_without_a_page_the_error_is_raised(self) -> None:
        device = self.device()
        # In a thread of its own, since two_factor forgets no request of this one.
        with (
            override_settings(VERIFIER=Verifier(Deaf(seed=1))),
            ThreadPoolExecutor() as pool,
            self.assertRaises(Unavailable),
        ):
            pool.submit(lambda: VerifyGateway().send_sms(device, "123456")).result()

    def test_a_provider_without_codes_of_its_callers_is_refused(self) -> None:
        with (
            override_settings(VERIFIER=Verifier(Stubborn())),
            self.assertRaisesMessage(ImproperlyConfigured, "VERIFIER"),
        ):
            VerifyGateway()
