"""The cases, by subject; `_all` has them in one order."""

__all__: list[str] = []  # authors ask `all_cases`
