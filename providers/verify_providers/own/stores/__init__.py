"""Where codes of our own are kept; `verify_core.codestore` says what a store does."""
