"""Measure the list page: one person with 10 PATs against one with 1,000, in one run and in turn.

Run it with `make bench`. Times of one machine mean little; the ratio and the numbers of queries do.
"""

import logging
import os
import statistics
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import django

ROUNDS = 60
SIZES = (10, 1_000)


def main() -> None:
    """Fill the mirrors, measure both pages in turn and print what came out."""
    django.setup()
    logging.disable(logging.INFO)

    from django.conf import settings  # noqa: PLC0415 - the settings must be up first
    from django.core.management import call_command  # noqa: PLC0415
    from django.test.utils import setup_test_environment  # noqa: PLC0415

    from tests.people import World  # noqa: PLC0415
    from tests.sandbox_control import SandboxControl  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    setup_test_environment()
    control = SandboxControl(os.environ["SANDBOX_CONTROL_URL"], os.environ["SANDBOX_CA_BUNDLE"])
    world = World.create(control, settings)
    people = dict(zip(SIZES, (world.alice, world.bob), strict=True))
    for size, person in people.items():
        fill(person.user, world.alpha, size)
    report({size: person.browser for size, person in people.items()})
    control.close()


def fill(user: Any, organization: Any, size: int) -> None:
    """Put `size` PATs into the person's mirror and mark every organization as just read."""
    from django.utils import timezone  # noqa: PLC0415

    from tokens.models import OrganizationAccess, Pat  # noqa: PLC0415

    now = timezone.now()
    Pat.objects.bulk_create(
        Pat(
            user=user,
            organization=organization,
            authorization_id=uuid4(),
            name=f"agent pool {number}",
            scopes=["vso.build_execute", "vso.code", "vso.packaging"],
            valid_from=now - timedelta(days=20),
            valid_to=now + timedelta(days=1 + number % 300),
            first_seen_at=now,
            written_at=now,
        )
        for number in range(size)
    )
    until = now + timedelta(hours=1)
    OrganizationAccess.objects.filter(user=user).update(
        state="read", read_at=now, requested_at=now, finished_at=until
    )


def report(browsers: dict[int, Any]) -> None:
    """Measure the pages in turn and print medians, numbers of queries and the ratio."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    seconds: dict[int, list[float]] = {size: [] for size in browsers}
    queries: dict[int, int] = {}
    for size, browser in browsers.items():
        browser.get("/")
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get("/")
        queries[size] = len(captured)
        assert answer.status_code == 200, answer.status_code
    for _ in range(ROUNDS):
        for size, browser in browsers.items():
            started = time.perf_counter()
            browser.get("/")
            seconds[size].append(time.perf_counter() - started)
    medians = {size: statistics.median(taken) * 1000 for size, taken in seconds.items()}
    for size in browsers:
        print(f"{size:>6} PATs: {medians[size]:6.1f} ms in the middle of {ROUNDS}, {queries[size]} queries")
    small, large = SIZES
    ratio = statistics.median(b / a for a, b in zip(seconds[small], seconds[large], strict=True))
    print(f" ratio {large}/{small}, pair by pair: {ratio:.2f}")


if __name__ == "__main__":
    main()
