"""
The oracle: the life of Twilio's verifications once more, in few words.

Written from Twilio's documents alone (Verify API: Verifications, Verification Check,
Rate limits and timeouts; error pages 20404, 60202, 60203; all read 2026-11-22), not
from the code that it judges. Numbers are Twilio's error codes; time is in seconds.
"""

TEN_MINUTES = 600


class Model:
    """What each call about an address must answer."""

    def __init__(self) -> None:
        self.now = 0
        self.known = {}  # address: [status, born, sends, checks, generation]
        self.generations = 0

    def advance(self, seconds: int) -> None:
        self.now += seconds
        for entry in self.known.values():
            lives = entry[0] in ("pending", "max_attempts_reached")
            if lives and self.now - entry[1] >= TEN_MINUTES:
                entry[0] = "expired"

    def start(self, to: str) -> int | tuple[str, int]:
        """An error, or the generation: the same number means the same sid and code."""
        entry = self.known.get(to)
        if entry and entry[0] == "max_attempts_reached":
            return 60202
        if not entry or entry[0] != "pending":
            self.generations += 1
            entry = self.known[to] = ["pending", self.now, 0, 0, self.generations]
        if entry[2] == 5:
            return 60203
        entry[2] += 1
        return ("generation", entry[4])

    def check(self, to: str, *, right: bool) -> int | str:
        entry = self.known.get(to)
        if not entry or entry[0] not in ("pending", "max_attempts_reached"):
            return 20404
        if entry[3] == 5:
            entry[0] = "max_attempts_reached"
            return 60202
        entry[3] += 1
        entry[0] = "approved" if right else "pending"
        return entry[0]

    def fetch(self, to: str) -> int | str:
        status = self.known[to][0] if to in self.known else "approved"
        return 20404 if status in ("approved", "expired") else status

    def update(self, to: str, status: str) -> int | str:
        if to not in self.known or self.known[to][0] != "pending":
            return 20404
        self.known[to][0] = status
        return status
