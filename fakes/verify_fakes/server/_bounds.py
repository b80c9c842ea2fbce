"""How much a server takes, keeps and waits for."""

from __future__ import annotations

from attrs import fields, frozen


@frozen(kw_only=True)
class Bounds:
    """
    Bounds of one server; whatever a client does, nothing grows or lasts beyond them.

    Sizes are in bytes, times in seconds.
    """

    # Of a request.
    head_bytes: int = 64 << 10  # its request line included
    target_bytes: int = 8 << 10  # path and query together
    body_bytes: int = 64 << 10  # of the vendor's API and of the side door alike
    parameters: int = 1_000  # of a form, or members of a JSON body at any depth

    # Of a connection.
    connections: int = 1_024  # at the same time, tunnels of the proxy included
    streams: int = 64  # event streams at the same time
    head_s: float = 10.0  # for a head, from its first byte or the connection's begin
    body_s: float = 20.0  # for a body, from the end of its head
    write_s: float = 20.0  # that an answer waits for a client that reads nothing
    idle_s: float = 60.0  # that it stays open between two requests
    linger_s: float = 2.0  # that a refused client has to read why
    handshake_s: float = 10.0  # for the TLS handshake
    end_s: float = 1.0  # for what is under way when the server ends
    late_s: float = 120.0  # that the fault `answer_late` withholds an answer

    # Of what is kept.
    accounts: int = 1_000  # then an empty one leaves, else the one used longest ago
    messages: int = 2_000  # of each account
    requests: int = 1_000  # in each account's log
    log_bytes: int = 2 << 20  # of each account's log
    all_log_bytes: int = 64 << 20  # then the account used longest ago loses its log
    rules: int = 1_000  # faults that an account may have armed
    addresses: int = 10_000  # with something set by the side door, until a reset

    answer_bytes: int = 1 << 20  # of the side door; a list ends before, about here

    def __attrs_post_init__(self) -> None:
        for each in fields(type(self)):
            if not getattr(self, each.name) > 0:
                raise ValueError(f"{each.name}: takes a number above zero")
