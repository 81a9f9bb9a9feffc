"""A service without a wire: gives the exchange scripted answers, and writes down what came."""

from collections.abc import Iterator

from tests.tokens.azure_devops.people import AccessTokens, Clock, Naps
from tests.tokens.azure_devops.wire import PAT_ID
from tokens.azure_devops import Secret
from tokens.azure_devops._answer import NOT_JSON, Answer, Silence
from tokens.azure_devops._call import Call, Method
from tokens.azure_devops._exchange import Exchange
from tokens.azure_devops._patience import Patience

ATTEMPT_SECONDS = 10.0


def answer(status: int, document: object = NOT_JSON, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, document=document, is_html=False)


class Service:
    """Answers as scripted, and writes down what came."""

    def __init__(self, *results: Answer | Silence) -> None:
        self._results: Iterator[Answer | Silence] = iter(results)
        self.calls: list[Call] = []
        self.bearers: list[str] = []

    def __call__(self, call: Call, bearer: Secret) -> Answer | Silence:
        self.calls.append(call)
        self.bearers.append(bearer.reveal())
        return next(self._results)


def call(method: Method) -> Call:
    params = {"authorizationId": PAT_ID, "$top": "100"}
    return Call(method, "https://example.test", "contoso", params, names_pat=True)


def exchange(
    service: Service, naps: Naps, source: AccessTokens | None = None, *, clock: Clock | None = None
) -> Exchange:
    patience = Patience(attempt_seconds=ATTEMPT_SECONDS, clock=clock or Clock(), sleep=naps)
    return Exchange(send=service, access_token=source or AccessTokens(), patience=patience)
