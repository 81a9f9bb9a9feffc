"""Several tenants by an explicit list: the home tenant first, its roles alone, each person in their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from accounts.errors import RefusalReason
from accounts.models import User
from tests.accounts.browsers import Browser, Heard, path_of, query_of, text_of
from tests.sandbox_control import SandboxControl, Tenant


@pytest.fixture
def fabrikam(tenant: Tenant, sandbox_control: SandboxControl, settings: Any) -> Iterator[Tenant]:
    """Another tenant, in which the same registration is known, and which is on the list."""
    made = sandbox_control.create_tenant(client_id=tenant.client_id, client_secret=tenant.client_secret)
    settings.ENTRA_ADDITIONAL_TENANTS = {UUID(made.tenant_id): "Fabrikam & <Sons>"}
    yield made
    made.remove()


def tenant_in(address: str) -> str:
    """Return the tenant of an authorize address."""
    return urlsplit(address).path.split("/")[1]


def visit(browser: Browser, tenant: Tenant, name: str, auth_uri: str) -> Any:
    """Choose a person of a tenant at Entra and come back."""
    return browser.get(path_of(tenant.sign_in(auth_uri, name)))


def sign_in_to(browser: Browser, tenant: Tenant, name: str) -> Any:
    return visit(browser, tenant, name, browser.start(tenant=tenant.tenant_id))


def test_the_page_offers_the_home_tenant_first_and_the_others_by_name(
    browser: Browser, fabrikam: Tenant
) -> None:
    text = text_of(browser.get("/sign-in"))
    assert f'value="{fabrikam.tenant_id}"' in text
    assert "Fabrikam &amp; &lt;Sons&gt;" in text
    assert text.index(">Sign in</button>") < text.index('name="tenant"')


def test_the_main_button_names_the_home_organization_where_its_name_is_known(
    browser: Browser, tenant: Tenant, fabrikam: Tenant, settings: Any
) -> None:
    home = {UUID(tenant.tenant_id): "Contoso <AG>"}
    settings.ENTRA_ADDITIONAL_TENANTS = home | settings.ENTRA_ADDITIONAL_TENANTS
    answer = browser.get("/sign-in")
    assert ">Sign in with <bdi>Contoso &lt;AG&gt;</bdi></button>" in text_of(answer)
    assert [str(choice.tenant_id) for choice in answer.context["tenants"]] == [fabrikam.tenant_id]


def test_whoever_belongs_to_another_one_is_led_there_by_its_name(browser: Browser, fabrikam: Tenant) -> None:
    sign_in_to(browser, fabrikam, "alice")
    answer = browser.get("/sign-in?again=1")
    assert ">Sign in with <bdi>Fabrikam &amp; &lt;Sons&gt;</bdi></button>" in text_of(answer)
    assert answer.context["tenants"] == []


def test_one_without_a_name_is_not_offered_as_a_bare_guid(browser: Browser, settings: Any) -> None:
    other = uuid4()
    settings.ENTRA_ADDITIONAL_TENANTS = {other: str(other)}
    assert f"<bdi>Organization {str(other)[:8]}…</bdi>" in text_of(browser.get("/sign-in"))


def test_one_tenant_is_not_asked_about(browser: Browser) -> None:
    assert "tenant" not in text_of(browser.get("/sign-in")).partition("<form")[2].partition("</form>")[0]


def test_people_of_both_sign_in_each_at_their_own(browser: Browser, tenant: Tenant, fabrikam: Tenant) -> None:
    assert tenant_in(browser.start()) == tenant.tenant_id
    assert tenant_in(browser.start(tenant=fabrikam.tenant_id)) == fabrikam.tenant_id
    assert sign_in_to(browser, fabrikam, "alice").status_code == 302
    there = browser.user
    assert there is not None
    assert str(there.tenant_id) == fabrikam.tenant_id
    assert Browser(tenant).sign_in("alice").pk != there.pk


@pytest.mark.parametrize("wanted", ["", "nonsense", "unlisted", "common", "upper"])
def test_only_tenants_of_the_list_can_be_chosen(
    browser: Browser, tenant: Tenant, fabrikam: Tenant, heard: Heard, wanted: str
) -> None:
    chosen = {"unlisted": str(uuid4()), "upper": fabrikam.tenant_id.upper()}.get(wanted, wanted)
    answer = browser.post("/sign-in/start", {"next": "/", "tenant": chosen})
    if not wanted:
        assert tenant_in(answer["Location"]) == tenant.tenant_id
        return
    assert answer.status_code == 403
    assert answer.context["tenant"] == ""
    assert chosen not in text_of(answer)
    assert heard.events == []


def test_someone_of_another_tenant_than_the_one_chosen_is_refused(
    browser: Browser, tenant: Tenant, fabrikam: Tenant, heard: Heard
) -> None:
    auth_uri = browser.start(tenant=fabrikam.tenant_id)
    with fabrikam.fault("token_endpoint", forge={"tid": tenant.tenant_id}):
        answer = visit(browser, fabrikam, "alice", auth_uri)
    assert answer.status_code == 403
    assert answer.context["tenant"] == fabrikam.tenant_id
    (event,) = heard.named("sign_in_refused")
    assert event["reason"] == RefusalReason.ID_TOKEN_INVALID
    assert User.objects.count() == 0


def test_a_tenant_that_left_the_list_meanwhile_is_refused(
    browser: Browser, fabrikam: Tenant, settings: Any
) -> None:
    auth_uri = browser.start(tenant=fabrikam.tenant_id)
    settings.ENTRA_ADDITIONAL_TENANTS = {}
    assert visit(browser, fabrikam, "alice", auth_uri).status_code == 403
    assert browser.user is None


def test_another_tenants_administrators_are_none_of_ours(browser: Browser, fabrikam: Tenant) -> None:
    assert sign_in_to(browser, fabrikam, "dave").status_code == 302
    user = browser.user
    assert user is not None
    assert user.roles == frozenset()
    assert not user.is_staff
    assert browser.get("/admin/", follow=True).status_code == 403


def test_whoever_has_to_sign_in_again_goes_to_their_own_tenant(browser: Browser, fabrikam: Tenant) -> None:
    sign_in_to(browser, fabrikam, "alice")
    user = browser.user
    assert user is not None
    again = browser.start()
    assert tenant_in(again) == fabrikam.tenant_id
    assert query_of(again)["login_hint"] == user.login_hint


def test_no_hint_of_a_person_goes_to_a_tenant_that_is_not_theirs(
    browser: Browser, tenant: Tenant, fabrikam: Tenant
) -> None:
    browser.sign_in("alice")
    assert "login_hint" not in query_of(browser.start(tenant=fabrikam.tenant_id))
    sign_in_to(browser, fabrikam, "alice")
    other = browser.start(account="other")
    assert tenant_in(other) == tenant.tenant_id
    assert "login_hint" not in query_of(other)


def test_signing_out_goes_to_ones_own_tenant(browser: Browser, fabrikam: Tenant) -> None:
    sign_in_to(browser, fabrikam, "alice")
    assert tenant_in(browser.post("/sign-out")["Location"]) == fabrikam.tenant_id


def test_a_session_of_a_tenant_that_left_the_list_is_over(
    browser: Browser, fabrikam: Tenant, settings: Any
) -> None:
    sign_in_to(browser, fabrikam, "alice")
    settings.ENTRA_ADDITIONAL_TENANTS = {}
    answer = browser.get("/tokens/new")
    assert answer.status_code == 302
    assert browser.user is None
    assert browser.get(answer["Location"]).context["reason"] is not None
