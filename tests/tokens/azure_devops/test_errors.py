"""The error tree: drawn as it is, exported as a whole, saying what it should."""

import re

import pytest

import tokens.azure_devops
from tokens.azure_devops import (
    AzureDevOpsError,
    Forbidden,
    HostOffline,
    NotFound,
    Refused,
    Rejected,
    Throttled,
    errors,
)


def family(kind: type[AzureDevOpsError]) -> list[type[AzureDevOpsError]]:
    return [kind, *(member for child in kind.__subclasses__() for member in family(child))]


ALL = family(AzureDevOpsError)


def drawn_tree() -> dict[str, int]:
    """Return the names in the drawing with their depth."""
    lines = re.findall(r"^    ((?:│   |├── |└── |    )*)([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    return {name: len(indent) // 4 for indent, name in lines}


def test_the_drawing_shows_the_tree_as_it_is() -> None:
    assert drawn_tree() == {kind.__name__: len(kind.__mro__) - len(AzureDevOpsError.__mro__) for kind in ALL}


@pytest.mark.parametrize("kind", ALL)
def test_every_error_is_exported_and_says_when_it_happens(kind: type[AzureDevOpsError]) -> None:
    assert kind.__name__ in tokens.azure_devops.__all__
    assert kind.__doc__


def test_every_exported_name_exists() -> None:
    assert all(hasattr(tokens.azure_devops, name) for name in tokens.azure_devops.__all__)


@pytest.mark.parametrize("kind", ALL)
def test_every_error_carries_the_facts(kind: type[AzureDevOpsError]) -> None:
    more = {"code": "invalidScope"} if kind is Refused else {}
    error = kind("text", activity_id="a-1", organization="contoso", status=418, **more)
    assert (str(error), error.activity_id, error.organization, error.status) == (
        "text",
        "a-1",
        "contoso",
        418,
    )


def test_the_particulars_are_kept() -> None:
    assert Refused("text", code="invalidScope", detail="why").detail == "why"
    assert Forbidden("text", service_code="VS403463").service_code == "VS403463"
    assert Throttled("text", retry_after=3).retry_after == 3
    assert Refused("text", code="failedToReadOrgPolicy", retry_after=5).retry_after == 5
    assert HostOffline("text", detail="why").detail == "why"
    assert NotFound("text", is_pat=True).is_pat
    rejected = Rejected("text", is_identity_known=True, claims="eyJ9")
    assert (rejected.is_identity_known, rejected.claims) == (True, "eyJ9")
