"""Django's own command line for this project."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault(  # noqa: TID251 - Django is told so
        "DJANGO_SETTINGS_MODULE", "passcode_login.settings"
    )
    execute_from_command_line(sys.argv)
