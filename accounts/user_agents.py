"""What a browser says of itself, in plain words: enough to recognise one's own, and no proof of anything."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text

_LENGTH = 60
UNKNOWN = _("Unknown browser")

# The first that occurs counts: most browsers also claim to be those below them.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", _("an iPhone")),
    ("iPad", _("an iPad")),
    ("Android", "Android"),
    ("Windows NT", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def browser_in_words(user_agent: str) -> str:
    """Return for instance "Firefox on Windows", or the beginning of a user agent of another kind."""
    text = " ".join(user_agent.split())
    browser = _first(text, _BROWSERS) if text.startswith("Mozilla/5.0 (") else ""
    system = _first(text, _SYSTEMS)
    if browser:
        if system:
            return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
        return browser
    if len(text) > _LENGTH:
        return f"{text[: _LENGTH - 1]}…"
    return text or str(UNKNOWN)


def _first(text: str, names: tuple[tuple[str, Text], ...]) -> str:
    return next((str(name) for mark, name in names if mark in text), "")
