"""Providers that talk to the outside, one package per vendor; importing this imports none."""
