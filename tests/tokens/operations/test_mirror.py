"""Writing what Azure DevOps told us about a PAT into the mirror."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import Interrupted, Killed, die
from tokens import operations
from tokens.azure_devops.types import PatMetadata
from tokens.models import Operation, Pat
from tokens.operations._mirror import differences_of, new_row, write_found, write_issued

NOW = timezone.now()
METADATA = PatMetadata(
    authorization_id=uuid4(),
    display_name="one",
    scopes=frozenset({"vso.code", "vso.build"}),
    target_accounts=(uuid4(),),
    valid_from=NOW,
    valid_to=NOW + timedelta(days=30),
)


@pytest.fixture
def operation(world: World, alice: Person) -> Operation:
    arguments = world.create_arguments(alice)
    client = Interrupted(arguments["client"], "create_pat", before=die)
    with pytest.raises(Killed):
        operations.create_pat(**arguments | {"client": client})
    return Operation.objects.get()


def test_scopes_are_kept_in_order_and_a_missing_target_means_everywhere(operation: Operation) -> None:
    row = new_row(METADATA, user=operation.user, organization=operation.organization, now=NOW)
    assert (row.scopes, row.is_global) == (["vso.build", "vso.code"], False)
    everywhere = replace(METADATA, target_accounts=None)
    row = new_row(everywhere, user=operation.user, organization=operation.organization, now=NOW)
    assert row.is_global


def test_it_notes_which_organization_a_pat_names(operation: Operation) -> None:
    first, second = uuid4(), uuid4()
    for targets, expected in (((first,), first), ((first, second), first), ((), None), (None, None)):
        metadata = replace(METADATA, target_accounts=targets)
        pat = write_found(metadata, operation=operation, now=NOW, is_left_over=False)
        assert pat.instance_id == expected


def test_which_organization_it_names_is_no_change_that_anybody_made(operation: Operation) -> None:
    pat = write_found(METADATA, operation=operation, now=NOW, is_left_over=False)
    assert differences_of(pat, replace(METADATA, target_accounts=(uuid4(),))) == {}
    assert differences_of(pat, replace(METADATA, target_accounts=None)) == {"is_global": [False, True]}


def test_what_the_mirror_has_already_is_kept_up_to_date(operation: Operation) -> None:
    first = write_found(METADATA, operation=operation, now=NOW, is_left_over=True)
    later = NOW + timedelta(minutes=1)
    renamed = replace(METADATA, display_name="another")
    second = write_found(renamed, operation=operation, now=later, is_left_over=False)

    assert first.pk == second.pk
    pat = Pat.objects.get()
    assert (pat.name, pat.is_left_over, pat.issued_at) == ("another", False, None)
    assert (pat.first_seen_at, pat.written_at) == (NOW, later)


def test_an_issued_one_says_when(operation: Operation) -> None:
    write_issued(operation, METADATA, now=NOW)
    pat = Pat.objects.get()
    assert (pat.issued_at, pat.received_at) == (NOW, None)
