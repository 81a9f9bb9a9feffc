"""The session that all clients share: no redirects, no cookies, no environment, only the given proxy."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import requests
import trustme

from tests.tokens.azure_devops.people import AccessTokens
from tests.tokens.azure_devops.proxy import ConnectProxy
from tests.tokens.azure_devops.wire import PAT_ID, PAT_SECRET, RawServer, as_html, as_json, http, result, row
from tokens.azure_devops import AzureDevOpsClient, NewPat, Rejected, Unreachable, build_session

MADE = as_json(result(row(token=PAT_SECRET)))
GOT = as_json(result(row()))


def create(client: AzureDevOpsClient) -> NewPat:
    valid_to = datetime(2027, 1, 10, tzinfo=UTC)
    return client.create_pat("contoso", display_name="ci", scopes=["vso.code"], valid_to=valid_to)


def get(client: AzureDevOpsClient) -> object:
    return client.get_pat("contoso", UUID(PAT_ID))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_follows_no_redirect_and_gives_nobody_its_bearer(
    client: AzureDevOpsClient, server: RawServer, status: int
) -> None:
    reply = as_html(status, Location=f"{server.url}/elsewhere")
    server.script(reply, reply, GOT)
    with pytest.raises(Rejected):
        get(client)
    assert {seen.path for seen in server.seen} == {"/contoso/_apis/tokens/pats"}


def test_a_redirect_to_nowhere_is_only_a_rejection(client: AzureDevOpsClient, server: RawServer) -> None:
    reply = as_html(302, Location="https://[::1:what")
    server.script(reply, reply)
    with pytest.raises(Rejected):
        get(client)


def test_it_keeps_no_cookies(client: AzureDevOpsClient, server: RawServer, session: requests.Session) -> None:
    server.script(as_json(result(row()), Set_Cookie="UserAuthentication=x; Path=/"), GOT)
    get(client)
    get(client)
    assert "cookie" not in server.seen[1].headers
    assert len(session.cookies) == 0


def test_it_uses_a_connection_again(client: AzureDevOpsClient, server: RawServer) -> None:
    server.script(GOT, MADE, http(204))
    get(client)
    create(client)
    client.revoke_pat("contoso", UUID(PAT_ID))
    assert server.connections == 1


def test_threads_share_a_session(server: RawServer, session: requests.Session) -> None:
    server.script(*[GOT] * 24)
    found: list[object] = []

    def work() -> None:
        client = AzureDevOpsClient(
            access_token=AccessTokens(), session=session, vssps_url=server.url, devops_url=server.url
        )
        found.extend(get(client) for _ in range(3))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 24
    assert server.connections <= 8


def test_it_ignores_what_the_environment_says_about_proxies_and_certificates(
    client: AzureDevOpsClient, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    monkeypatch.setenv("CURL_CA_BUNDLE", "/nowhere/ca.pem")
    server.script(GOT)
    assert get(client)


def proxied(server: RawServer, proxy: ConnectProxy, ca_bundle: Path) -> AzureDevOpsClient:
    return AzureDevOpsClient(
        access_token=AccessTokens(),
        session=build_session(ca_bundle=str(ca_bundle), proxy=proxy.url),
        vssps_url=server.url,
        devops_url=server.url,
    )


def test_it_goes_through_the_proxy_that_it_was_given(server: RawServer, ca_bundle: Path) -> None:
    proxy = ConnectProxy()
    server.script(GOT, MADE)
    client = proxied(server, proxy, ca_bundle)
    assert get(client)
    assert create(client).secret.reveal() == PAT_SECRET
    client._session.close()
    proxy.stop()
    assert proxy.asked == [f"CONNECT 127.0.0.1:{server.port} HTTP/1.0"]


def test_a_proxy_that_refuses_lets_nothing_be_sent(server: RawServer, ca_bundle: Path) -> None:
    proxy = ConnectProxy(status=407)
    with pytest.raises(Unreachable):
        create(proxied(server, proxy, ca_bundle))
    proxy.stop()
    assert server.seen == []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "127.0.0.1:9", "http://", "ftp://127.0.0.1"])
def test_a_session_refuses_an_impossible_proxy(proxy: str) -> None:
    with pytest.raises(ValueError, match="proxy"):
        build_session(ca_bundle=None, proxy=proxy)


def test_a_session_refuses_a_bundle_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="CA bundle"):
        build_session(ca_bundle=str(tmp_path / "ca.pem"), proxy=None)


def test_a_session_verifies_and_knows_https_only(tmp_path: Path) -> None:
    session = build_session(ca_bundle=None, proxy=None)
    assert session.verify is True
    assert not session.trust_env
    assert list(session.adapters) == ["https://"]
    assert session.adapters["https://"].max_retries.total == 0  # type: ignore[attr-defined]  # no base has it
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    assert build_session(ca_bundle=str(bundle), proxy=None).verify == str(bundle)
