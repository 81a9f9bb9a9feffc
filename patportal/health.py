"""Two answers for load balancers: alive, and ready to serve. They say nothing about the installation."""

from collections.abc import Callable

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer 200 while the process lives; asks nobody else."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer 200 when the database can be reached and has every migration, 503 otherwise."""
    try:
        is_ready = _MIGRATIONS.are_applied()
    except Error:
        is_ready = False
    return HttpResponse(
        "ready\n" if is_ready else "not ready\n", status=200 if is_ready else 503, content_type="text/plain"
    )


class Migrations:
    """Remembers that every migration was there once: code and schema of a process do not part afterwards."""

    def __init__(self) -> None:
        self._were_applied = False

    def are_applied(self) -> bool:
        if self._were_applied:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return True
        executor = MigrationExecutor(connection)
        self._were_applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self._were_applied


_MIGRATIONS = Migrations()


class HealthMiddleware:
    """Answer before anything looks at the host: load balancers ask by the address of the machine.

    No other middleware sees these answers, so they bring their own headers: nothing to run, nothing to frame.
    """

    VIEWS = {"/healthz": healthz, "/readyz": readyz}
    HEADERS = {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.VIEWS.get(request.path_info)
        if view is None:
            return self.get_response(request)
        answer = view(request)
        for name, value in self.HEADERS.items():
            answer.headers[name] = value
        return answer
