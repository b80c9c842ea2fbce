"""Codes of our own in Django's database."""
