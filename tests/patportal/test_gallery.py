"""The gallery page: what it is made of is checked with the templates; here it is drawn."""

from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from patportal.gallery import TONES, gallery
from patportal.templatetags import portal


def drawn() -> str:
    request = RequestFactory().get("/gallery/")
    request.user = AnonymousUser()
    return gallery(request).content.decode()


def test_it_is_drawn_without_asking_the_database() -> None:
    assert "<h1>Gallery</h1>" in drawn()


def test_it_shows_every_tone_that_the_portal_knows() -> None:
    assert {portal.tone_icon(tone) for tone in TONES} == {
        portal.tone_icon(tone) for tone in portal._TONE_ICONS
    }
    assert all(f"alert tone-{tone}" in drawn() for tone in TONES)


def test_it_shows_fields_with_their_errors() -> None:
    page = drawn()

    assert 'id="error-summary"' in page
    assert 'aria-invalid="true"' in page


def test_it_refuses_to_be_written_to() -> None:
    assert gallery(RequestFactory().post("/gallery/")).status_code == 405
