"""What the tests of editing and extending begin with: a PAT that Azure DevOps and the mirror agree about."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tests.people import Person, World
from tests.sandbox_records import SandboxPat
from tests.tokens.views.rows import make_pat
from tokens.models import Pat


def true_pat(
    world: World, person: Person, name: str = "ci-deploy", *, scope: str = "vso.code", **facts: Any
) -> Pat:
    """Return a PAT in alpha as a sync would have written it; `valid_to` is the sandbox's as well."""
    truth = world.tenant.add_pat(
        person.name, "alpha", name, scope=scope, valid_to=facts.pop("valid_to", None)
    )
    return make_pat(
        world,
        person,
        name,
        authorization_id=UUID(truth.authorization_id),
        scopes=scope.split(),
        valid_from=truth.valid_from,
        valid_to=truth.valid_to,
        **facts,
    )


def truth_of(world: World, pat: Pat) -> SandboxPat:
    """Return what the PAT is in Azure DevOps."""
    (found,) = [one for one in world.tenant.pats() if one.authorization_id == str(pat.authorization_id)]
    return found


def change_elsewhere(world: World, pat: Pat, **changes: str | datetime) -> None:
    """Change the PAT as if somebody had done so elsewhere."""
    world.tenant.change_pat(truth_of(world, pat), **changes)
