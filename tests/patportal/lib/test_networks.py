"""Networks: what one customer has counts as one, and what two have does not."""

import pytest

from patportal.lib.networks import is_loopback, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::1:0:0:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.8", "203.0.113.8"),
        ("", ""),
        ("unknown", ""),
        ("203.0.113.7:443", ""),
    ],
)
def test_an_address_belongs_to_the_network_of_one_customer(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_it_knows_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "example.test", "10.0.0.1", "localhost.evil.example"])
def test_it_knows_other_machines(host: str) -> None:
    assert not is_loopback(host)
