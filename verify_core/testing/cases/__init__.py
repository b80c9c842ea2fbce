"""The cases by subject."""

from . import checking, declaring, ending, failing, resending, secrecy, starting

SUBJECTS = (checking, declaring, ending, failing, resending, secrecy, starting)
