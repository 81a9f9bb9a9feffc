"""The tags of `heroicons`, each drawing made once.

The library copies and writes an icon's tree anew for every use, and a list of tokens shows hundreds of a
dozen kinds. Loaded under the library's own name, see `TEMPLATES` in the settings.
"""

from functools import lru_cache

from django import template
from heroicons.templatetags import heroicons

register = template.Library()
for _tag in (
    heroicons.heroicon_micro,
    heroicons.heroicon_mini,
    heroicons.heroicon_outline,
    heroicons.heroicon_solid,
):
    register.simple_tag(lru_cache(maxsize=512)(_tag), name=_tag.__name__)
