"""
The oracle: the life of Vonage's verifications once more, in few words.

Written from Vonage's OpenAPI documents of Verify v2 (0.0.18 and 1.0.1) alone, not from
the code that it judges. What each call must answer is an HTTP status; time is in
seconds. A code is known by its place among all messages.
"""

LEAST_AGE_TO_CANCEL = 30
WRONG_CODES = 3


class Model:
    """What each call must answer, and how many messages have left."""

    def __init__(self) -> None:
        self.now = 0
        self.all = {}  # name: [addresses, timeout, born, step, since, wrong, state]
        self.messages = []  # (name, code counts)
        self.names = 0

    def advance(self, seconds: int) -> None:
        self.now += seconds
        while True:
            due = [
                (entry[4] + entry[1], name)
                for name, entry in self.all.items()
                if entry[6] == "running" and entry[4] + entry[1] <= self.now
            ]
            if not due:
                return
            at, name = min(due)
            self._move(name, at)

    def _move(self, name: int, at: int) -> bool:
        entry = self.all[name]
        if entry[3] + 1 == len(entry[0]):
            entry[6] = "expired"
            return False
        entry[3], entry[4] = entry[3] + 1, at
        self.messages.append(name)
        return True

    def start(self, addresses: list[str], timeout: int) -> tuple[int, int]:
        """The status, and the name of what is started, or in the way."""
        for address in addresses:
            for name, entry in self.all.items():
                if entry[6] == "running" and address in entry[0]:
                    return 409, name
        self.names += 1
        self.all[self.names] = [addresses, timeout, self.now, 0, self.now, 0, "running"]
        self.messages.append(self.names)
        return 202, self.names

    def newest(self, name: int) -> int:
        """The place of the message whose code counts."""
        return max(at for at, whose in enumerate(self.messages) if whose == name)

    def check(self, name: int, *, right: bool) -> int:
        entry = self.all[name]
        if entry[6] == "terminated":
            return 410
        if entry[6] != "running":
            return 404
        if right:
            entry[6] = "completed"
            return 200
        entry[5] += 1
        if entry[5] == WRONG_CODES:
            entry[6] = "terminated"
            return 410
        return 400

    def cancel(self, name: int) -> int:
        entry = self.all[name]
        if entry[6] != "running":
            return 404
        if entry[3] > 0 or self.now - entry[2] < LEAST_AGE_TO_CANCEL:
            return 409
        entry[6] = "canceled"
        return 204

    def next(self, name: int) -> int:
        entry = self.all[name]
        if entry[6] != "running":
            return 404
        if entry[3] + 1 == len(entry[0]):
            return 409
        self._move(name, self.now)
        return 200
