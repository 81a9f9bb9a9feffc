"""Where a PAT is used. What people wrote is text; http(s) addresses alone are links, and say their host."""

from dataclasses import dataclass

from patportal.lib.urls import web_host
from tokens.models import Pat, Place
from tokens.presenters._addresses import address


@dataclass(frozen=True, slots=True)
class PlaceLabel:
    """One place of use; `url` and `host` are empty where it is not an address."""

    text: str
    url: str
    host: str
    is_moved: bool
    tick_url: str

    def __str__(self) -> str:
        return self.text


def places_of(pat: Pat) -> list[PlaceLabel]:
    """Return where the PAT is used, in its owner's order."""
    return [_label(pat, place) for place in pat.places.all()]


def _label(pat: Pat, place: Place) -> PlaceLabel:
    host = web_host(place.text)
    return PlaceLabel(
        text=place.text,
        url=place.text if host else "",
        host=host,
        is_moved=place.moved_at is not None,
        tick_url=address("place_tick", pat.id, place.pk) if place.pk else "",
    )
