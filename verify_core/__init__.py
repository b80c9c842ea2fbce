"""Send and check one-time passcodes: the pure core."""

__version__ = "0.1.0"
