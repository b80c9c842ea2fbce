"""
A vendor's fake under the program's own HTTP client, without a socket.

`_twilio` and `_vonage` answer for their vendors' hosts in the library `responses`;
`_sdk` is what Twilio's SDK takes as its HTTP client. `verify_fakes` has their public
names.
"""

__all__: list[str] = []
