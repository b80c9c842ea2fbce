"""Three well-known readers of phone numbers for Python as forms: a line in, one out."""

from __future__ import annotations

import sys
from collections.abc import Callable


def plain_phonenumbers() -> Callable[[str], str]:
    """As most examples on the web have it."""
    import phonenumbers

    def read(text: str) -> str:
        number = phonenumbers.parse(text, None)
        if not phonenumbers.is_valid_number(number):
            raise ValueError
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return read


def django_phonenumber_field() -> Callable[[str], str]:
    import django
    from django.conf import settings

    settings.configure(USE_I18N=False)
    django.setup()
    from phonenumber_field.formfields import PhoneNumberField

    field = PhoneNumberField()
    return lambda text: str(field.clean(text).as_e164)


def pydantic_extra_types() -> Callable[[str], str]:
    from pydantic import TypeAdapter
    from pydantic_extra_types.phone_numbers import PhoneNumber

    class E164(PhoneNumber):
        phone_format = "E164"

    adapter = TypeAdapter(E164)
    return lambda text: str(adapter.validate_python(text))


FORMS = {
    "phonenumbers": plain_phonenumbers,
    "django-phonenumber-field": django_phonenumber_field,
    "pydantic-extra-types": pydantic_extra_types,
}


def main() -> None:
    read = FORMS[sys.argv[1]]()
    sys.stdin.reconfigure(encoding="utf-8", newline="\n")
    for line in sys.stdin:
        try:
            print(read(line.removesuffix("\n")), flush=True)
        except Exception:  # noqa: BLE001 - each has errors of its own
            print(flush=True)


if __name__ == "__main__":
    main()
