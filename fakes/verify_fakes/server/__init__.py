"""
The fake Twilio Verify over HTTP: any client, any language, one command.

`verify-core serve`, or `python -m verify_fakes`. Needs `verify-core[server]`.
"""

__all__: list[str] = []
