"""Stand-ins with behaviour, for working offline."""
