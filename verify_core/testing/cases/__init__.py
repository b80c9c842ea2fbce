"""The cases by subject; importing this package registers all of them."""

from . import checking, ending, failing, secrecy, starting

__all__ = ["checking", "ending", "failing", "secrecy", "starting"]
