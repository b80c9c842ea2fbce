"""The two tables; their columns are the fields of the library's values."""

from __future__ import annotations

from functools import partial

from django.db import models

# ASCII that differs by case: on MySQL, set a binary collation.
_text = partial(models.CharField, max_length=128)


class Code(models.Model):
    """`verify_core.codestore.CodeRecord`, as a row."""

    id = _text(primary_key=True)
    holder = _text()
    key_id = _text()
    digest = _text(blank=True)
    nonce = _text(blank=True)
    channel = _text()
    status = _text()
    tries = models.PositiveIntegerField()
    most_tries = models.PositiveIntegerField()
    sends = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    forget_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id


class Holder(models.Model):
    """`verify_core.codestore.CodeHolder`, as a row; it is what a change locks."""

    id = _text(primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    forget_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return self.id
