"""What a client is given in tests: somebody's access tokens, a bed to sleep in, a clock that obeys."""


class SignInNeeded(Exception):
    """Stands for whatever the portal's own source of access tokens may raise."""


class AccessTokens:
    """Gives `bearer-1`, `bearer-2`, … ; the next one only when a fresh one is wanted."""

    def __init__(self, *, fails_at: int | None = None) -> None:
        self.asked: list[bool] = []
        self.claims: list[str] = []
        self._fails_at = fails_at

    def __call__(self, *, fresh: bool = False, claims: str = "") -> str:
        self.asked.append(fresh)
        self.claims.append(claims)
        if len(self.asked) == self._fails_at:
            raise SignInNeeded
        return f"bearer-{1 + sum(self.asked)}"


class Naps:
    """Writes down how long it should have slept."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


class Clock:
    """A clock that moves when told to, in seconds."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


def steady_access_token(*, fresh: bool = False, claims: str = "") -> str:
    """Give the same access token for ever."""
    return "bearer-of-a-test"
