"""The claims challenge is found however the headers are written, and nothing makes the search raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.azure_devops._challenge import claims_in

CLAIMS = "eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="
BEARER = f'Bearer error="insufficient_claims", claims="{CLAIMS}"'


@pytest.mark.parametrize(
    "header",
    [
        BEARER,
        f'Bearer claims="{CLAIMS}", error="insufficient_claims"',
        f'bearer realm="", authorization_uri="https://x.test/a,b", client_id="0", {BEARER[7:]}',
        f"Bearer error=insufficient_claims, claims={CLAIMS}",
        f'Bearer error = "insufficient_claims" , claims = "{CLAIMS}"',
        f'Bearer error="insufficient_claims" claims="{CLAIMS}"',
        f'BEARER CLAIMS="{CLAIMS}"',
        f'Basic realm="https://x.test/", TFS-Federated, {BEARER}',
        f'{BEARER}, Basic realm="x", TFS-Federated, Negotiate abc==',
        f"Bearer authorization_uri=https://login.test/t, {BEARER}",
        f'Bearer error_description="a \\"quoted\\", claims=\\"none\\"", claims="{CLAIMS}"',
        f'Bearer claims="b3RoZXI=", Bearer error="insufficient_claims", claims="{CLAIMS}"',
        f'Bearer claims=" {CLAIMS} "',
        f'Bearer claims="{CLAIMS}',
        f"PoP nonce=x,, ,{BEARER}",
    ],
)
def test_it_is_found(header: str) -> None:
    assert claims_in(header) == CLAIMS


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        'Bearer realm=""',
        'Bearer error="invalid_token"',
        f'Basic realm="x", claims="{CLAIMS}"',
        f'claims="{CLAIMS}"',
        'Bearer claims=""',
        'Bearer claims="<script>"',
        'Bearer claims="' + "A" * 20_000 + '"',
        f'Bearer error_description="claims={CLAIMS}"',
        f'Bearer x-claims="{CLAIMS}"',
    ],
)
def test_there_is_none(header: str) -> None:
    assert claims_in(header) == ""


@given(st.text(alphabet=st.sampled_from('Bearer claims="\\,= eyJ\t\n\0é'), max_size=300) | st.text())
def test_no_text_makes_it_raise(header: str) -> None:
    assert isinstance(claims_in(header), str)


@pytest.mark.parametrize("piece", ['Bearer claims="', "a", "\\", '"', "=", "Bearer ", 'claims="\\'])
def test_a_long_header_takes_no_time(piece: str) -> None:
    assert claims_in(piece * (60_000 // len(piece))) == ""
