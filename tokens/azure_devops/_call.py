"""One intended request, and what follows from its method alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Method = Literal["GET", "POST", "DELETE"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request before it has an access token; `body` is JSON."""

    method: Method
    url: str
    organization: str
    params: Mapping[str, str]
    body: bytes | None = field(default=None, repr=False)

    @property
    def is_write(self) -> bool:
        """Tell whether the request is meant to change something."""
        return self.method != "GET"

    @property
    def is_repeatable(self) -> bool:
        """Tell whether sending it twice does no more than sending it once."""
        return self.method != "POST"
