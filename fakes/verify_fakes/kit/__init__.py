"""
The parts that every vendor's fake is made of; it imports neither core nor providers.

A mistake shared with what the fakes test would cancel out.
"""

__all__: list[str] = []
