"""The cases by subject."""

from . import checking, declaring, ending, failing, secrecy, starting

SUBJECTS = (checking, declaring, ending, failing, secrecy, starting)
