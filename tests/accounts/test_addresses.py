"""The address of the sign-in page."""

import pytest

from accounts.addresses import sign_in_url


@pytest.mark.parametrize(
    ("path", "is_again", "address"),
    [
        ("", False, "/sign-in"),
        ("/tokens/new?name=a b&x=1", False, "/sign-in?next=%2Ftokens%2Fnew%3Fname%3Da+b%26x%3D1"),
        ("/", True, "/sign-in?next=%2F&again=1"),
        ("", True, "/sign-in?again=1"),
        ("https://evil.example/", False, "/sign-in"),
        ("//evil.example/", False, "/sign-in"),
        ("/\\evil.example/", True, "/sign-in?again=1"),
    ],
)
def test_it_carries_a_way_back_on_the_portal_only(path: str, is_again: bool, address: str) -> None:
    assert sign_in_url(path, is_again=is_again) == address
