"""A login with a passcode, for Django."""
