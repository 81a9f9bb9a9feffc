"""Texts shaped like secrets, made at run time so that no scanner finds one in the source."""

import base64


def secret_shapes() -> dict[str, str]:
    """Return one text of each shape by the name of the shape."""
    filler = "abCD12"
    new_pat = (filler * 13)[:76] + "AZ" + "DO" + "9xYz"
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(b'{"sub":"nobody"}').decode().rstrip("=")
    return {
        "new PAT": new_pat,
        "old PAT": ("abcdefghijklmnopqrstuvwxyz234567" * 2)[:52],
        "PAT of the sandbox": (filler * 13)[:76] + "SIMU" + "9xYz",
        "JWT": f"{header}.{body}.{'s' * 40}",
        "Authorization header": "Authorization: Bearer " + "b" * 30,
        "Basic credential": base64.b64encode(f":{new_pat}".encode()).decode(),
        "PAT among words": f"my secret is {new_pat} keep it",
    }
