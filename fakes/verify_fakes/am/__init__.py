"""
The REST endpoint of PingAM over exported journeys, as Ping's clients speak to it.

`_wire` writes and reads callbacks, `_walks` keeps walks and answers each step once,
`_sessions` keeps what follows a success, `_api` has the paths, `_app` the side door.

Sources, all read 2026-11-28: Ping Identity, PingAM 8, "Authenticate over REST" and
"Manage sessions using REST"; OpenIdentityPlatform/OpenAM, `openam-core-rest`, for the
messages of refusals; rockcarver/frodo-lib, recorded answers, for the members.
"""
