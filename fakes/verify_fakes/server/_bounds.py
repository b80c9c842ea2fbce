"""How much a server takes, keeps and waits for."""

from __future__ import annotations

from attrs import fields, frozen


@frozen(kw_only=True)
class Bounds:
    """
    Bounds of one server; whatever a client does, nothing grows or lasts beyond them.

    Attributes:
        head_bytes: Longest head of a request, its request line included.
        target_bytes: Longest request target, path and query together.
        body_bytes: Longest body, of the vendor's API and of the side door alike.
        parameters: Most parameters of a form, or members of a JSON body, in all.
        answer_bytes: About how long an answer of the side door becomes; a list ends
            before it would be longer.
        head_s: Seconds for a head, from its first byte or from the connection's begin.
        body_s: Seconds for a body, from the end of its head.
        write_s: Seconds that an answer waits for a client that reads nothing.
        idle_s: Seconds that a connection stays open between two requests.
        linger_s: Seconds that a refused client has to read why.
        handshake_s: Seconds for the TLS handshake of a tunnel.
        end_s: Seconds for what is under way when the server ends.
        late_s: Seconds that an answer is withheld that is to come too late.
        connections: At the same time, tunnels of the proxy included.
        streams: Event streams at the same time.
        accounts: Accounts kept; beyond it an empty one leaves, else the one that was
            used longest ago.
        messages: Messages kept of each account.
        requests: Requests that each account's log keeps.
        log_bytes: What the log of one account weighs.
        all_log_bytes: What the logs of all accounts weigh together; beyond it the
            account that was used longest ago loses its log.
        rules: Faults that one account may have armed.
        addresses: Numbers and codes that the side door sets for one account, from one
            reset to the next.
    """

    head_bytes: int = 64 << 10
    target_bytes: int = 8 << 10
    body_bytes: int = 64 << 10
    parameters: int = 1_000
    answer_bytes: int = 1 << 20
    head_s: float = 10.0
    body_s: float = 20.0
    write_s: float = 20.0
    idle_s: float = 60.0
    linger_s: float = 2.0
    handshake_s: float = 10.0
    end_s: float = 1.0
    late_s: float = 120.0
    connections: int = 1_024
    streams: int = 64
    accounts: int = 1_000
    messages: int = 2_000
    requests: int = 1_000
    log_bytes: int = 2 << 20
    all_log_bytes: int = 64 << 20
    rules: int = 1_000
    addresses: int = 10_000

    def __attrs_post_init__(self) -> None:
        for each in fields(type(self)):
            if not getattr(self, each.name) > 0:
                raise ValueError(f"{each.name}: takes a number above zero")
