"""Providers that talk to the outside, one package each; importing this imports none."""

__all__: list[str] = []
