from uuid import UUID
from tests.tokens.azure_devops.wire import *
from tokens.azure_devops import *


def test_it_works(client, server):
    server.script(as_json(result(row())))
    print(client.get_pat("contoso", UUID(PAT_ID)), server.seen)
    assert 0


def test_drip(hasty_client, server):
    server.script(server.drip, server.drip_body, server.keep_silent)
    print(hasty_client.get_pat("contoso", UUID(PAT_ID)), server.seen)
