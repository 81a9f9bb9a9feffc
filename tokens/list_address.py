"""The address of the list: what it asks for and how it is written. It knows neither database nor request."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from patportal.lib.redaction import looks_like_secret

SEARCH_LENGTH, SEARCH_WORDS = 200, 8
STATUSES = ("active", "expiring", "powerful", "expired", "revoked", "all")
DEFAULT_STATUS, DEFAULT_SORT = "active", "expires"
SORTS = ("name", "organization", "status", "expires", "created")
MACHINES = "machines"
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address of the list asks for. Anything it does not know counts as not said.

    `stops_on` is the day on which a PAT stops working; `made_by` is "machines" for those that tools made.
    `is_withheld` says that what was searched for looks like a secret: that is neither looked for nor kept.
    """

    status: str = DEFAULT_STATUS
    organization: str = ""
    search: str = ""
    stops_on: date | None = None
    made_by: str = ""
    sort: str = DEFAULT_SORT
    is_descending: bool = False
    page: int = 1
    is_withheld: bool = False

    @classmethod
    def from_params(cls, params: QueryDict, *, organizations: list[str]) -> "ListQuery":
        """Read the query of an address; `organizations` are the names that exist."""
        status, order = params.get("status", ""), params.get("sort", "")
        by_key = {name.lower(): name for name in organizations}
        page, words = params.get("page", ""), params.get("q", "").replace("\x00", "")
        is_secret = looks_like_secret(words)
        return cls(
            status=status if status in STATUSES else DEFAULT_STATUS,
            organization=by_key.get(params.get("organization", "").lower(), ""),
            search="" if is_secret else " ".join(words.split()[:SEARCH_WORDS])[:SEARCH_LENGTH],
            stops_on=_day(params.get("on", "")),
            made_by=MACHINES if params.get("by", "") == MACHINES else "",
            sort=order.removeprefix("-") if order.removeprefix("-") in SORTS else DEFAULT_SORT,
            is_descending=order.startswith("-") and order.removeprefix("-") in SORTS,
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 and int(page) else 1,
            is_withheld=is_secret or (not words and params.get(WITHHELD, "") == "1"),
        )

    @property
    def folds_machines(self) -> bool:
        """Whether PATs that tools made are folded: only where nobody looks for something."""
        return not (self.search or self.stops_on or self.made_by)

    def params(self) -> dict[str, str]:
        """Return what differs from the defaults, as parameters of an address."""
        order = f"-{self.sort}" if self.is_descending else self.sort
        said = {
            "status": self.status if self.status != DEFAULT_STATUS else "",
            "organization": self.organization,
            "q": self.search,
            "on": self.stops_on.isoformat() if self.stops_on else "",
            "by": self.made_by,
            "sort": order if order != DEFAULT_SORT else "",
            "page": str(self.page) if self.page > 1 else "",
            WITHHELD: "1" if self.is_withheld else "",
        }
        return {name: value for name, value in said.items() if value}

    def url(self, base: str, **changes: object) -> str:
        """Return the address of the same list with `changes`; all but a change of page lead to page 1.

        That something was withheld is said once and goes with no link, unless `changes` say so.
        """
        defaults: dict[str, object] = {"page": 1, "is_withheld": False}
        changed = replace(self, **(defaults | changes))  # type: ignore[arg-type]
        params = urlencode(changed.params())
        return f"{base}?{params}" if params else base


def _day(text: str) -> date | None:
    # Only the plain form: anything else would read back differently from what an address said.
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text and 2000 < day.year < 2200 else None
