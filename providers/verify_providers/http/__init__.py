"""How a vendor is reached over HTTP: what its providers and their authors need."""

from .reach import DEFAULT_POOL_SIZE, DEFAULT_TIMEOUT, Reach

__all__ = ["DEFAULT_POOL_SIZE", "DEFAULT_TIMEOUT", "Reach"]
