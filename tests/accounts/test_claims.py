"""From claims to a profile."""

from typing import Any
from uuid import UUID

import pytest

from accounts.claims import Role, profile_of

TENANT = "11111111-2222-4333-8444-555555555555"
PERSON = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


def claims(**changes: Any) -> dict[str, Any]:
    return {"tid": TENANT, "oid": PERSON, "name": "Alice Archer", **changes}


def test_it_takes_identity_and_display_fields() -> None:
    profile = profile_of(
        claims(preferred_username="alice@example.test", email="a@example.test", login_hint="O.abc")
    )
    assert (profile.tenant_id, profile.object_id) == (UUID(TENANT), UUID(PERSON))
    assert profile.display_name == "Alice Archer"
    assert profile.user_principal_name == "alice@example.test"
    assert profile.email == "a@example.test"
    assert profile.login_hint == "O.abc"
    assert profile.roles == frozenset()


@pytest.mark.parametrize(
    ("acct", "is_guest"), [(1, True), ("1", True), (0, False), ("0", False), (None, False), ([1], False)]
)
def test_it_knows_guests(acct: Any, is_guest: bool) -> None:
    assert profile_of(claims(acct=acct)).is_guest is is_guest


@pytest.mark.parametrize(
    ("sid", "kept"),
    [("5f1c-sid", "5f1c-sid"), ("x" * 128, "x" * 128), ("x" * 129, ""), (7, ""), (None, ""), ("ä", "")],
)
def test_it_keeps_entras_session_id_whole_or_not_at_all(sid: Any, kept: str) -> None:
    profile = profile_of(claims(sid=sid))
    assert profile.sid == kept
    assert "sid" not in repr(profile)


def test_it_knows_the_portals_roles_and_sets_others_aside() -> None:
    profile = profile_of(claims(roles=["PatPortal.Admin", "PatPortal.Auditor", "Other.Role", 7]))
    assert profile.roles == {Role.ADMIN, Role.AUDITOR}
    assert profile.unknown_roles == {"Other.Role"}


@pytest.mark.parametrize("roles", [None, "PatPortal.Admin", {"PatPortal.Admin": 1}, 7, [["PatPortal.Admin"]]])
def test_it_gives_no_role_for_a_claim_of_another_shape(roles: Any) -> None:
    assert profile_of(claims(roles=roles)).roles == frozenset()


@pytest.mark.parametrize("role", ["patportal.admin", "PatPortal.Admin ", "PatPortal.Administrator", ""])
def test_it_gives_no_role_for_a_similar_name(role: str) -> None:
    assert profile_of(claims(roles=[role])).roles == frozenset()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoë \x00 Ångström\r\n", "Zoë Ångström"),
        ("\u202eecilA", "ecilA"),
        ("\ud800broken", "broken"),
        ("x" * 300, "x" * 256),
        ("می\u200cخیزد", "می\u200cخیزد"),
        (7, ""),
        (None, ""),
    ],
)
def test_it_cleans_names(name: Any, shown: str) -> None:
    assert profile_of(claims(name=name)).display_name == shown


@pytest.mark.parametrize("hint", ["x" * 1025, "not\x00ascii", "naïve", 7])
def test_it_keeps_a_login_hint_whole_or_not_at_all(hint: Any) -> None:
    assert profile_of(claims(login_hint=hint)).login_hint == ""


def test_every_role_has_a_group_and_a_name_for_people() -> None:
    assert len({role.group_name for role in Role}) == len(Role)
    assert len({str(role.label) for role in Role}) == len(Role)
