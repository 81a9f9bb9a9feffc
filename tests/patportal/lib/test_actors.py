"""Who does something, as a value."""

from dataclasses import FrozenInstanceError

import pytest

from patportal.lib.actors import Actor, ActorKind, Origin, system_actor


def test_the_system_acts_under_the_name_of_a_part() -> None:
    actor = system_actor("settling", request_id="a-job")
    assert actor == Actor(kind=ActorKind.SYSTEM, label="settling", origin=Origin(request_id="a-job"))
    assert (actor.tenant_id, actor.object_id) == (None, None)


def test_an_actor_does_not_change() -> None:
    actor = system_actor("sync")
    with pytest.raises(FrozenInstanceError):
        actor.label = "somebody else"  # type: ignore[misc]


def test_the_kinds_are_those_that_the_log_knows() -> None:
    assert [kind.value for kind in ActorKind] == ["person", "system", "operator"]
