"""allauth's pages, with our adapter and our forms behind them."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest import skipUnless

from allauth.headless.account import views
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import TestCase, override_settings
from verify_allauth.models import Phone

from verify_core import Verifier, text_of
from verify_core.errors import Unavailable
from verify_fakes import Break, FakeVerifyProvider

TYPED, NUMBER, OTHER = "1 (555) 323-1234", "+15553231234", "+442071838750"


class Deaf(FakeVerifyProvider):
    """The vendor is away."""

    def start(self, request, previous=None):
        raise Unavailable(self.name)


class Pages(TestCase):
    def setUp(self) -> None:
        self.provider = FakeVerifyProvider(seed=1)
        settings = override_settings(VERIFIER=Verifier(self.provider))
        settings.enable()
        self.addCleanup(settings.disable)

    @property
    def code(self) -> str:
        return self.provider.outbox[-1].code

    def sign_up(self, number: str = TYPED):
        form = {"phone": number, "password1": "correct horse battery"}
        return self.client.post("/accounts/signup/", form)

    def give(self, code: str, page: str = "phone/verify"):
        return self.client.post(f"/accounts/{page}/", {"code": code})

    def errors(self, answer) -> list[str]:
        return answer.context["form"].errors["code"]

    def member(self, number: str = NUMBER) -> Phone:
        user = get_user_model().objects.create_user(f"owner of {number}")
        return Phone.objects.create(user=user, number=number, verified=True)

    def user(self) -> str | None:
        return self.client.session.get("_auth_user_id")

    def test_a_sign_up_ends_with_the_code(self) -> None:
        self.assertRedirects(self.sign_up(), "/accounts/phone/verify/")
        typed = f" {self.code[:3]}-{self.code[3:]} "

        self.assertRedirects(self.give(typed), "/welcome/")

        phone = Phone.objects.get()
        self.assertEqual((phone.number.e164, phone.verified), (NUMBER, True))
        self.assertEqual(len(self.provider.outbox), 1)

    def test_a_wrong_code_verifies_nothing(self) -> None:
        self.sign_up()
        answer = self.give("000000")

        self.assertEqual(self.errors(answer), ["Incorrect code."])
        self.assertFalse(Phone.objects.get().verified)
        self.assertIsNone(self.user())

    def test_a_late_code_is_too_late(self) -> None:
        self.sign_up()
        self.provider.clock.advance(timedelta(hours=1))

        answer = self.give(self.code)

        self.assertFalse(Phone.objects.get().verified)
        self.assertNotContains(answer, self.code + "<")

    def test_a_number_without_its_country_is_refused_with_the_reason(self) -> None:
        (problem,) = (
            self.sign_up("(555) 323-1234").context["form"].errors.as_data()["phone"]
        )

        self.assertEqual(problem.code, "missing_country_code")
        self.assertEqual(len(self.provider.outbox), 0)

    def test_one_message_leaves_for_each_resend(self) -> None:
        self.sign_up()
        self.client.post("/accounts/phone/verify/", {"action": "resend"})

        self.assertEqual(len(self.provider.outbox), 2)
        self.assertRedirects(self.give(self.code), "/welcome/")

    def test_logging_in_by_a_code(self) -> None:
        member = self.member()
        self.client.post("/accounts/login/code/", {"phone": TYPED})
        self.client.post("/accounts/login/code/confirm/", {"action": "resend"})
        self.assertEqual(len(self.provider.outbox), 2)

        answer = self.give(self.code, "login/code/confirm")

        self.assertRedirects(answer, "/welcome/")
        self.assertEqual(self.user(), str(member.user_id))

    @skipUnless(hasattr(views, "ConfirmReauthenticationCodeView"), "allauth 65.22")
    def test_confirming_again_by_a_code(self) -> None:
        self.client.force_login(self.member().user)
        form = {"recipient": NUMBER}
        self.client.post("/accounts/reauthenticate/code/", form)
        page = "reauthenticate/code/confirm"
        self.client.post(f"/accounts/{page}/", {"action": "resend"})

        self.assertEqual(self.errors(self.give("000000", page)), ["Incorrect code."])
        self.assertRedirects(self.give(self.code, page), "/welcome/")

        (record,) = self.client.session["account_authentication_methods"]
        self.assertTrue(record["reauthenticated"])

    def test_a_number_that_nobody_has_gets_no_message(self) -> None:
        answer = self.client.post("/accounts/login/code/", {"phone": TYPED})

        self.assertRedirects(answer, "/accounts/login/code/confirm/")
        self.assertEqual(len(self.provider.outbox), 0)
        self.assertEqual(self.give("123456", "login/code/confirm").status_code, 200)

    def test_a_wrong_code_does_not_say_whether_the_number_has_an_account(self) -> None:
        self.member()
        for number in (NUMBER, OTHER):
            for code in ("000000", "no code", "-"):
                with self.subTest(number=number, code=code):
                    self.client = self.client_class()
                    self.client.post("/accounts/login/code/", {"phone": number})
                    answer = self.give(code, "login/code/confirm")
                    self.assertEqual(self.errors(answer), ["Incorrect code."])

    def test_no_refusal_says_whether_the_number_has_an_account(self) -> None:
        """The pages to ask for a code, and to type it, alike in every word."""
        self.member()

        def pages(number: str) -> list[str]:
            self.client = self.client_class()
            form = {"phone": number}
            sent = self.client.post("/accounts/login/code/", form, follow=True)
            checked = self.give("123456", "login/code/confirm")
            said = [answer.content.decode() for answer in (sent, checked)]
            return [re.sub(r"csrf\S+ value=\S+", "", each) for each in said]

        for operation, effect in (
            ("start", 60203),  # too many messages
            ("start", 20503),
            ("start", Break.ANSWER_LOST),
            ("check", 60202),  # too many codes
            ("check", 20503),
        ):
            with self.subTest(operation=operation, effect=effect):
                fault = self.provider.faults.arm(operation, effect, last=None)
                member, stranger = pages(NUMBER), pages(OTHER)
                self.provider.faults.clear()

                self.assertTrue(fault.hits)
                self.assertEqual(
                    [page.replace(NUMBER, OTHER) for page in member], stranger
                )

    @override_settings(ACCOUNT_PREVENT_ENUMERATION=False)
    def test_a_lost_answer_is_not_called_sent(self) -> None:
        self.provider.faults.arm("start", Break.ANSWER_LOST, last=1)

        answer = self.client.get(self.sign_up().url)

        (said,) = [str(each) for each in answer.context["messages"]]
        self.assertEqual(said, text_of("collector.maybe_sent"))
        self.assertEqual(len(self.provider.outbox), 1)

    def test_the_code_of_one_number_counts_for_no_other(self) -> None:
        """Both processes run in one session; the victim's code is not known."""
        member = self.member(OTHER)
        self.client.force_login(member.user)
        self.client.post("/accounts/phone/change/", {"phone": NUMBER})
        self.client.logout()
        self.sign_up("+15553239999")
        own = self.code
        self.client.get("/accounts/login/code/")
        victim = self.member("+15553230000")
        self.client.post("/accounts/login/code/", {"phone": "+15553230000"})

        self.give(own, "login/code/confirm")

        self.assertNotEqual(self.user(), str(victim.user_id))

    def test_who_only_claims_a_number_keeps_no_one_from_it(self) -> None:
        self.sign_up()
        self.client.cookies.clear()
        self.sign_up()

        self.give(self.code)

        self.assertEqual(Phone.objects.filter(number=NUMBER).count(), 2)
        self.assertEqual(Phone.objects.filter(number=NUMBER, verified=True).count(), 1)

    def test_a_number_that_changed_hands_has_one_holder(self) -> None:
        before, after = self.member(), get_user_model().objects.create_user("ben")
        Phone.objects.create(user=after, number=NUMBER).verify()

        before.refresh_from_db()
        self.assertFalse(before.verified)

    @override_settings(ACCOUNT_PREVENT_ENUMERATION=False)
    def test_the_page_says_that_the_vendor_is_away(self) -> None:
        with override_settings(VERIFIER=Verifier(Deaf(seed=1))):
            answer = self.client.post(
                "/accounts/signup/",
                {"phone": TYPED, "password1": "correct horse battery"},
                follow=True,
            )

        self.assertEqual(answer.status_code, 200)
        said = list(map(str, answer.context["messages"]))
        self.assertEqual(said, ["No codes can be sent now. Try again later."])

    def test_the_admin_lists_numbers_masked_and_keeps_one_holder(self) -> None:
        held = self.member()
        people = get_user_model().objects
        self.client.force_login(people.create_superuser("root"))
        at = "/admin/verify_allauth/phone/"

        page = self.client.get(at, {"q": NUMBER, "verified__exact": "1"})
        form = {"user": people.create_user("ben").pk, "number": TYPED, "verified": "on"}
        refused = self.client.post(f"{at}add/", form)

        self.assertContains(page, held.user.username)
        self.assertContains(page, str(held.number))
        self.assertNotContains(page, f">{NUMBER}<")
        self.assertTrue(refused.context["adminform"].errors)

    def test_the_models_and_their_migration_agree(self) -> None:
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)
