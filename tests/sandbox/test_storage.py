"""The one file that outlives the process."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from sandbox import seeds
from sandbox.storage import Keeper
from sandbox.world import World


@pytest.fixture
def world() -> World:
    made = World()
    made.add_tenant(seeds.demo_tenant("a key"))
    return made


def lag_in(file: Path) -> float:
    return float(json.loads(file.read_text())["tenants"][0]["settings"]["list_lag_seconds"])


def test_a_change_is_written_within_a_moment(world: World, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    keeper = Keeper(file, world)
    keeper.start()
    tenant = next(iter(world.tenants.values()))
    tenant.settings.list_lag_seconds = 3
    world.changed()
    begun = time.monotonic()
    while not file.exists() and time.monotonic() - begun < 2:
        time.sleep(0.01)
    written_after = time.monotonic() - begun
    keeper.stop()
    assert written_after < 1
    assert lag_in(file) == 3


def test_a_stop_writes_the_last_change(world: World, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    keeper = Keeper(file, world)
    keeper.start()
    next(iter(world.tenants.values())).settings.list_lag_seconds = 4
    world.changed()
    keeper.stop()
    assert lag_in(file) == 4


def test_what_was_saved_is_loaded(world: World, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    Keeper(file, world).save()
    other = World()
    assert Keeper(file, other).load()
    assert other.tenants == world.tenants


def test_nothing_is_loaded_from_nowhere(tmp_path: Path) -> None:
    world = World()
    assert not Keeper(tmp_path / "state.json", world).load()
    assert world.tenants == {}
