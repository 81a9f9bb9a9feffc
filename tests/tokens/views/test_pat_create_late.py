"""An answer that comes after the portal has settled the creation: no secret, and the page says why."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.job_runner import run_jobs
from tests.passing_time import pass_time
from tests.people import World
from tests.tokens.views.page import read
from tokens.models import AuditEvent, Operation, Organization


@pytest.mark.django_db(transaction=True)
def test_the_secret_of_a_settled_creation_is_not_shown(transactional_db: None, world: World) -> None:
    Organization.objects.configured(settings.AZURE_DEVOPS_ORGANIZATIONS)
    person = world.alice
    sent = world.form(name="late")
    with ThreadPoolExecutor(1) as pool:
        with world.tenant.hold("late", verb="create"):
            answering = pool.submit(_post, person.browser, sent)
            world.control.wait_for_hold("late")
            _settle()
        answer = answering.result(timeout=30)
    operation = Operation.objects.get(key=sent["key"])
    assert (answer.status_code, answer["Location"]) == (302, f"/operations/{operation.id}")
    _settle()
    page = read(person.browser.get(answer["Location"]))
    assert page.heading == "The token was revoked"
    (truth,) = world.tenant.pats()
    assert truth.status == "revoked"
    assert truth.secret not in page.text
    assert not AuditEvent.objects.filter(type="pat.created").exists()
    assert "late" not in read(person.browser.get("/")).names()


def _settle() -> None:
    """Let so much time pass that everything is due, and do it, as often as it takes."""
    for _ in range(3):
        with connection.cursor() as cursor:
            pass_time(cursor, timedelta(minutes=10))
        run_jobs(until=timezone.now() + timedelta(minutes=1))


def _post(browser: Client, sent: dict[str, Any]) -> Any:
    other = Client()
    other.cookies = browser.cookies
    try:
        return other.post("/tokens/new", sent)
    finally:
        connection.close()
