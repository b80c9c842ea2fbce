"""Who has which number."""

from __future__ import annotations

from django.conf import settings
from django.db import models, transaction

from verify_core.forms.django import PhoneModelField


class Phone(models.Model):
    """
    The number of one user.

    Several people may claim a number; one of them has shown that it is theirs.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="phone_number"
    )
    number = PhoneModelField(db_index=True)
    verified = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(verified=True),
                name="verify_allauth_one_holder",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} of {self.user_id}"

    @transaction.atomic
    def verify(self) -> None:
        """Make it this user's. Numbers change hands: who showed it last, has it."""
        Phone.objects.filter(number=self.number, verified=True).update(verified=False)
        self.verified = True
        self.save(update_fields=["verified"])
