"""The cases by subject."""

from . import checking, ending, failing, secrecy, starting

SUBJECTS = (checking, ending, failing, secrecy, starting)
