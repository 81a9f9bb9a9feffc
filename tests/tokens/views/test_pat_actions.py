"""What can be done with one PAT: revoke it, keep it, confirm its secret."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_pat
from tokens import errors, messages
from tokens.models import AuditEvent, Operation, Pat


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT of Alice's that Azure DevOps knows."""
    truth = world.tenant.add_pat("alice", "alpha", "ci-deploy")
    return make_pat(world, alice, "ci-deploy", authorization_id=UUID(truth.authorization_id))


def confirm_page(person: Person, pat: Pat) -> Page:
    answer = person.browser.get(f"/tokens/{pat.id}/revoke")
    assert answer.status_code == 200
    return read(answer)


def test_other_methods_are_answered_with_405(alice: Person, pat: Pat) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/tokens/{pat.id}/revoke").status_code == 405
    for method in ("get", "head", "put", "delete"):
        for action in ("received", "keep"):
            assert getattr(alice.browser, method)(f"/tokens/{pat.id}/{action}").status_code == 405


def test_looking_at_the_confirm_page_changes_nothing(world: World, alice: Person, pat: Pat) -> None:
    page = confirm_page(alice, pat)
    assert page.heading == "Revoke ci-deploy?"
    assert world.alpha.name in page.text
    assert "Whatever signs in with this token stops working at once." in page.text
    alice.browser.head(f"/tokens/{pat.id}/revoke")
    assert Operation.objects.count() == 0
    assert world.tenant.requests("pats") == []


def test_it_revokes_and_the_list_waits_for_the_proof(world: World, alice: Person, pat: Pat) -> None:
    answer = confirm_page(alice, pat).form(f"/tokens/{pat.id}/revoke").submit(alice.browser)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert [one.status for one in world.tenant.pats()] == ["revoked"]
    page = read(alice.browser.get("/"))
    assert "The revocation of “ci-deploy” was sent to Azure DevOps." in page.text
    assert page.rows()[0].one(class_="badge").text == "Revocation sent"
    links = page.rows()[0].one("td", class_="cell-actions").all("a")
    assert [one.text for one in links] == ["Notes of ci-deploy"]

    run_jobs()
    page = read(alice.browser.get("/?status=revoked"))
    assert page.rows()[0].one(class_="badge").text == "Revoked"
    types = list(
        AuditEvent.objects.filter(type__startswith="pat.").order_by("id").values_list("type", flat=True)
    )
    assert types == ["pat.revoke_requested", "pat.revocation_sent", "pat.revoked"]


def test_ending_the_old_one_now_keeps_its_word_and_leads_to_the_new_one(
    world: World, alice: Person, pat: Pat
) -> None:
    Pat.objects.filter(pk=pat.pk).update(ends_at=timezone.now() + timedelta(days=1))
    new = make_pat(world, alice, replaces=pat, issued_at=timezone.now(), received_at=timezone.now())
    page = confirm_page(alice, pat)
    assert page.heading == "End the old ci-deploy now?"
    form = page.form(f"/tokens/{pat.id}/revoke")
    assert form.element.one("button").text == "End it now"
    assert form.element.one("a")["href"] == f"/tokens/{pat.id}"
    answer = form.submit(alice.browser)
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{new.id}")
    assert "The old “ci-deploy” is ended now." in read(alice.browser.get(answer["Location"])).text


def test_revoking_what_took_over_offers_to_keep_the_old_one(world: World, alice: Person, pat: Pat) -> None:
    new = make_pat(world, alice, "new", replaces=pat, issued_at=timezone.now(), received_at=timezone.now())
    assert "takes the place" not in confirm_page(alice, new).text
    Pat.objects.filter(pk=pat.pk).update(ends_at=timezone.now() + timedelta(days=1))
    stops = confirm_page(alice, new).one("section", aria_labelledby="stops-title")
    assert "Then nothing takes the place of the old ci-deploy." in stops.text
    assert stops.one("a", id="keep-old")["href"] == f"/tokens/{pat.id}/keep-old"
    assert "takes the place" not in confirm_page(alice, pat).text

    new.revoked_at = timezone.now()
    new.save()
    for path in ("/", f"/tokens/{pat.id}"):
        page = read(alice.browser.get(path))
        assert "The token that replaced it has ended or is being revoked" in page.text
    (link,) = page.one("ul", class_="notices").all("a")
    assert (link.text, link["href"]) == ("Keep the old one", f"/tokens/{pat.id}/keep-old")


def test_a_name_with_markup_is_text_on_every_page_about_it(world: World, alice: Person) -> None:
    name = "<script>alert(1)</script>"
    pat = make_pat(world, alice, name, is_left_over=True)
    for answer in (
        alice.browser.get(f"/tokens/{pat.id}/revoke"),
        alice.browser.post(f"/tokens/{pat.id}/keep", follow=True),
    ):
        assert name not in answer.content.decode()
        assert name in read(answer).text


def test_a_name_that_looks_like_a_template_or_a_placeholder_stands_as_it_is(
    world: World, alice: Person
) -> None:
    name = "100% %(name)s %s {{ name }} {% now 'Y' %}"
    pat = make_pat(world, alice, name)
    assert confirm_page(alice, pat).heading == f"Revoke {name}?"
    Pat.objects.filter(pk=pat.pk).update(ends_at=timezone.now() + timedelta(days=1))
    assert confirm_page(alice, pat).heading == f"End the old {name} now?"


def test_the_same_confirmation_twice_is_sent_once(world: World, alice: Person, pat: Pat) -> None:
    form = confirm_page(alice, pat).form(f"/tokens/{pat.id}/revoke")
    form.submit(alice.browser)
    again = form.submit(alice.browser)
    operation = Operation.objects.get()
    assert (again.status_code, again["Location"]) == (302, f"/operations/{operation.id}")
    assert read(alice.browser.get(again["Location"])).heading == "The revocation was sent"
    assert len(world.tenant.requests("pats", verb="revoke")) == 1


def test_a_confirmation_with_the_key_of_another_form_is_asked_again(
    world: World, alice: Person, pat: Pat
) -> None:
    sent = world.form()
    alice.browser.post("/tokens/new", sent)
    answer = alice.browser.post(f"/tokens/{pat.id}/revoke", {"key": sent["key"]})
    assert answer.status_code == HTTPStatus.CONFLICT
    page = read(answer)
    assert "This form was sent before with other content" in page.text
    assert page.form(f"/tokens/{pat.id}/revoke").submit(alice.browser).status_code == 302


def test_a_confirmation_without_a_proper_key_is_asked_again(world: World, alice: Person, pat: Pat) -> None:
    for key in ("", "short", "k" * 10_000, "\x00" * 20, "orphan:" + "k" * 30):
        answer = alice.browser.post(f"/tokens/{pat.id}/revoke", {"key": key})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert world.tenant.requests("pats") == []
    assert read(answer).form(f"/tokens/{pat.id}/revoke").submit(alice.browser).status_code == 302


def test_what_is_revoked_cannot_be_revoked(world: World, alice: Person) -> None:
    for facts in ({"revoked_at": timezone.now()}, {"vanished_at": timezone.now()}):
        pat = make_pat(world, alice, "gone", **facts)
        for answer in (
            alice.browser.get(f"/tokens/{pat.id}/revoke"),
            alice.browser.post(f"/tokens/{pat.id}/revoke", {"key": "k" * 32}),
        ):
            assert answer.status_code == HTTPStatus.CONFLICT
            assert read(answer).heading == "This token has been revoked already"
    assert world.tenant.requests("pats") == []
    assert Operation.objects.count() == 0


def test_a_pat_that_azure_devops_no_longer_knows_counts_as_sent(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, "forgotten")
    for manner in ("404", "enum", "204"):
        world.tenant.change(unknown_revoke=manner)
        answer = alice.browser.post(f"/tokens/{pat.id}/revoke", {"key": uuid4().hex})
        assert answer.status_code == 302, manner


REVOKE_FAILURES: list[tuple[str, dict[str, Any], str]] = [
    ("not accepted", {"status": 401}, errors.NoAccess.code),
    ("sign-in page", {"html": True}, errors.NoAccess.code),
    ("Conditional Access", {"status": 403}, errors.ConditionalAccess.code),
    ("too many", {"status": 429, "headers": {"Retry-After": "3600"}}, errors.Throttled.code),
    ("odd refusal", {"status": 400, "body": {"typeKey": "OddException"}}, errors.Refused.code),
    ("refusal of tomorrow", {"pat_error": "aCodeOfTomorrow"}, errors.Refused.code),
]


def test_failures_are_told_on_the_confirm_page_and_can_be_tried_again(
    world: World, alice: Person, pat: Pat
) -> None:
    for case, deed, code in REVOKE_FAILURES:
        message = messages.MESSAGES[code]
        world.tenant.forget_requests()
        with world.tenant.fault("pats", verb="revoke", **deed):
            answer = confirm_page(alice, pat).form(f"/tokens/{pat.id}/revoke").submit(alice.browser)
        assert answer.status_code == message.status, case
        page = read(answer)
        (alert,) = page.all("div", class_="alert")
        assert alert.one("h2").text == message.title, case
        assert str(message.sentence) in alert.text
        assert alert.one("code").text == world.tenant.requests("pats")[-1].activity_id
        event = AuditEvent.objects.order_by("-id")[0]
        assert event.type == ("pat.revoke_refused" if code == errors.Refused.code else "pat.revoke_failed"), (
            case
        )
    assert [one.status for one in world.tenant.pats()] == ["active"]
    assert page.form(f"/tokens/{pat.id}/revoke").submit(alice.browser).status_code == 302
    assert [one.status for one in world.tenant.pats()] == ["revoked"]


def test_a_lost_answer_leads_to_the_page_that_finds_out(world: World, alice: Person, pat: Pat) -> None:
    with world.tenant.fault("pats", verb="revoke", html=True, status=502, headers={"Retry-After": "0"}):
        answer = confirm_page(alice, pat).form(f"/tokens/{pat.id}/revoke").submit(alice.browser)
    operation = Operation.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/operations/{operation.id}")
    page = read(alice.browser.get(answer["Location"]))
    assert page.heading == "The token is being revoked"
    assert AuditEvent.objects.order_by("-id")[0].type == "pat.revoke_answer_lost"

    Operation.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    run_jobs(until=timezone.now() + timedelta(minutes=10))
    assert [one.status for one in world.tenant.pats()] == ["revoked"]


def test_a_dead_grant_leads_to_the_sign_in_page_and_back_to_the_confirm_page(
    world: World, alice: Person, pat: Pat
) -> None:
    alice.user.grant.delete()
    answer = alice.browser.post(f"/tokens/{pat.id}/revoke", {"key": "k" * 32})
    assert urlsplit(answer["Location"]).path == "/sign-in"
    (back,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
    assert urlsplit(back).path == f"/tokens/{pat.id}/revoke"
    world.sign_in("alice", alice.browser, next_path=back)
    assert read(alice.browser.get(back)).heading == "Revoke ci-deploy?"
    assert [one.status for one in world.tenant.pats()] == ["active"]


def test_somebody_elses_pat_and_one_that_does_not_exist_are_the_same(
    world: World, bob: Person, pat: Pat
) -> None:
    for pat_id in (pat.id, uuid4()):
        answers = [
            bob.browser.get(f"/tokens/{pat_id}/revoke"),
            *(
                bob.browser.post(f"/tokens/{pat_id}/{action}", {"key": "k" * 32})
                for action in ("revoke", "received", "keep")
            ),
        ]
        for answer in answers:
            assert answer.status_code == 404
            assert pat.name not in answer.content.decode()
    assert world.tenant.requests("pats", verb="revoke") == []
    assert AuditEvent.objects.filter(type__startswith="pat.").count() == 0


def test_an_id_that_is_none_is_not_found(alice: Person) -> None:
    for pat_id in ("1", "x", "../..", "00000000-0000-0000-0000-00000000000g", "%00"):
        assert alice.browser.get(f"/tokens/{pat_id}/revoke").status_code == 404


def test_revoking_while_signed_out_comes_back_to_the_confirm_page(
    world: World, pat: Pat, client: Client
) -> None:
    for method in ("get", "post"):
        answer = getattr(client, method)(
            f"/tokens/{pat.id}/revoke", {"key": "k" * 32} if method == "post" else {}
        )
        assert answer.status_code == 302
        (back,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
        assert urlsplit(back).path == f"/tokens/{pat.id}/revoke"
    assert world.tenant.requests("pats") == []


def test_noting_and_keeping_while_signed_out_come_back_to_the_list(pat: Pat, client: Client) -> None:
    for action in ("received", "keep"):
        answer = client.post(f"/tokens/{pat.id}/{action}")
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2F")


def test_keeping_takes_the_mark_away_once(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, "left", is_left_over=True)
    page = read(alice.browser.get("/"))
    answer = page.form(f"/tokens/{pat.id}/keep").submit(alice.browser)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    alice.browser.post(f"/tokens/{pat.id}/keep")
    page = read(alice.browser.get("/"))
    assert "“left” is kept." in page.text
    assert page.all(class_="remark") == []
    assert AuditEvent.objects.filter(type="pat.kept").count() == 1
