"""
A vendor's fake under the program's own HTTP client, without a socket.

`twilio` and `vonage` answer for their vendors' hosts in the library `responses`; `sdk`
is what Twilio's SDK takes as its HTTP client. `verify_fakes` has their public names.
"""
