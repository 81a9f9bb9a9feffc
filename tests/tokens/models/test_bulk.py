"""What the database itself refuses of the rows of a bulk change."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.people import World
from tests.tokens.views.rows import make_bulk, make_pat

NOW = timezone.now()
LATER = NOW + timedelta(days=30)


def test_an_expiry_is_asked_for_together_with_the_one_that_was_seen(world: World) -> None:
    items = make_bulk(world, world.alice, [make_pat(world, world.alice)], verb="extend").items.all()
    for dates in ({"seen_valid_to": NOW}, {"asked_valid_to": LATER}):
        with pytest.raises(IntegrityError, match="tokens_bulk_item_dates"), transaction.atomic():
            items.update(**dates)
    assert items.update(seen_valid_to=NOW, asked_valid_to=LATER) == 1
