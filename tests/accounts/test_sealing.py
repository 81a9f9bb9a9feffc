"""Encryption bound to its place."""

import pytest

from accounts.sealing import Sealed, Unreadable, seal, unseal

OLD, NEW = b"o" * 32, b"n" * 32


def test_it_opens_what_it_sealed() -> None:
    sealed = seal(b"plain", place="a", keys={"k": NEW})
    assert unseal(sealed, place="a", keys={"k": NEW}) == b"plain"
    assert b"plain" not in sealed.data


def test_it_never_seals_twice_alike() -> None:
    assert seal(b"x", place="a", keys={"k": NEW}).data != seal(b"x", place="a", keys={"k": NEW}).data


def test_it_seals_with_the_first_key_and_opens_with_any() -> None:
    former = seal(b"x", place="a", keys={"old": OLD})
    keys = {"new": NEW, "old": OLD}
    assert unseal(former, place="a", keys=keys) == b"x"
    assert seal(b"x", place="a", keys=keys).key_id == "new"


def sealed_for_a() -> Sealed:
    return seal(b"plain", place="a", keys={"k": NEW, "twin": NEW})


@pytest.mark.parametrize(
    "sealed",
    [
        Sealed("gone", sealed_for_a().data),
        Sealed("twin", sealed_for_a().data),
        Sealed("k", b""),
        Sealed("k", b"\x01"),
        Sealed("k", b"\x02" + sealed_for_a().data[1:]),
        Sealed("k", sealed_for_a().data[:-1]),
        Sealed("k", sealed_for_a().data[:-1] + b"\x00\x00"),
    ],
)
def test_it_refuses_altered_bytes_and_other_keys(sealed: Sealed) -> None:
    with pytest.raises(Unreadable):
        unseal(sealed, place="a", keys={"k": NEW, "twin": NEW})


def test_it_refuses_bytes_moved_from_another_place() -> None:
    with pytest.raises(Unreadable):
        unseal(sealed_for_a(), place="b", keys={"k": NEW})


def test_it_refuses_another_key_under_the_same_id() -> None:
    with pytest.raises(Unreadable):
        unseal(sealed_for_a(), place="a", keys={"k": OLD})
