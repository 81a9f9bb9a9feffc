"""The law of the audit log: whatever changes something writes an event, or stands here with the reason.

By reachability on the source: an operation has to reach the writer of the log; a view that accepts POST has
to reach such an operation, or a signal that is recorded. A refusal alone is not enough: the deed is told too.
"""

import ast
from collections.abc import Iterator, Mapping

import pytest
from django.core.management import get_commands

from tests.test_house import TREES, Function
from tokens import operations
from tokens.models import EventType

Place = tuple[str, str]  # a module's dotted name, and what it defines there

WRITERS = {("tokens.audit", "record"), ("tokens.audit", "record_all")}
REFUSAL = "tokens.operations._refusal"

# Operations that write no event. Those that only read are told apart from those that change something.
READERS = {
    "access_to_read",
    "contact_of_proof",
    "count_erasable",
    "ends_to_do",
    "is_checkpoint_due",
    "mails_due",
    "notes_of",
    "orphans_to_revoke",
    "overdue_operations",
    "requested_organizations",
    "seen_of",
}
SILENT_OPERATIONS = {
    "count_refused_sign_in": "its number is told within minutes by record_refused_sign_ins",
    "ask_for_due_syncs": "asks for looks; what a look finds is recorded",
    "put_sync_off": "asks for a look a little later",
    "forget_access": "deletes the grant, which accounts tells of and `tokens.receivers` records",
    "dismiss_notice": "puts a notice away; what it told is in the log already",
    "kept_checkpoint": "brings back the row of a checkpoint that is signed and kept outside",
    "mail_checkpoint": "sends a copy of what is signed and stored, which says when it was mailed",
    "remind": "makes the rows of mails; that each was accepted or given up is recorded, by PAT",
    "note_calendar_use": "keeps for its owner when an address was used last; nothing was changed",
    "note_sync_failure": "keeps for the page why nothing was read; nothing was learned or changed",
    "request_sync": "asks for a look; what the look finds is recorded",
}
SILENT_VIEWS = {
    "tokens.views.operation.notice_dismiss": SILENT_OPERATIONS["dismiss_notice"],
    "tokens.views.pat_list.pat_refresh": SILENT_OPERATIONS["request_sync"],
    "tokens.views.pat_create.pat_create_check": "says what would come of a form; nothing is sent or kept",
    "tokens.views.pat_edit.pat_edit_check": "says what would come of a form; nothing is sent or kept",
    "tokens.views.shortcuts.shortcuts": "sets a cookie of the browser; nothing of a person changes",
    "accounts.views.sign_in.sign_in_start": "goes to Microsoft; what comes back is recorded",
}
# Entra comes with GET, and that changes something all the same.
CHANGING_ON_GET = (
    "accounts.views.callback.entra_callback",
    "accounts.views.front_channel.front_channel_sign_out",
)


class Source:
    """What the portal's modules define, and what each definition names."""

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        self.modules = {_dotted(path): tree for path, tree in trees.items()}
        self.defined: dict[Place, list[ast.AST]] = {}
        self._imported: dict[str, dict[str, Place]] = {}
        for module, tree in self.modules.items():
            for node in tree.body:
                for name in _defined_by(node):
                    self.defined.setdefault((module, name), []).append(node)
            self._imported[module] = dict(_imports(tree))
        self._found: dict[Place, set[Place]] = {}

    def named_in(self, place: Place) -> set[Place]:
        """Return what a definition names, decorators aside."""
        if place not in self._found:
            module, _ = place
            nodes = [one for node in self.defined.get(place, []) for one in _names(node)]
            self._found[place] = {self._resolve(module, one) for one in nodes} - {place}
        return self._found[place]

    def _resolve(self, module: str, words: list[str]) -> Place:
        name, *rest = words
        found = self._imported[module].get(name, (module, name))
        # `operations.create_pat`, where `operations` is a module of ours.
        if rest and ".".join(found) in self.modules:
            found = (".".join(found), rest[0])
        while found not in self.defined and found[1] in self._imported.get(found[0], {}):
            found = self._imported[found[0]][found[1]]
        return found

    def reaches(self, start: Place, goals: set[Place], *, past: str = "") -> bool:
        """Tell whether `start` names one of `goals`, by way of what it names, but for the module `past`."""
        seen, waiting = {start}, [start]
        while waiting:
            for one in self.named_in(waiting.pop()) - seen:
                if one in goals:
                    return True
                seen.add(one)
                if one[0] != past:
                    waiting.append(one)
        return False

    def operations(self) -> dict[str, Place]:
        """Return the public functions of the operations by their names."""
        table = self._imported["tokens.operations"]
        places = {name: self._resolve("tokens.operations", [name]) for name in table}
        return {
            name: place
            for name, place in places.items()
            if any(isinstance(node, Function) for node in self.defined.get(place, []))
        }

    def silent_operations(self) -> set[str]:
        """Return the operations from which no way leads to the writer of the log."""
        return {
            name
            for name, place in self.operations().items()
            if not self.reaches(place, WRITERS, past=REFUSAL)
        }

    def posting_views(self) -> Iterator[Place]:
        """Yield every function that accepts POST by its decorator, admin pages among them."""
        for (module, name), nodes in self.defined.items():
            if any(isinstance(node, Function) and _accepts_post(node) for node in nodes):
                yield module, name

    def silent_views(self, *others: str) -> set[str]:
        """Return the views that accept POST, and `others`, which lead to nothing that is recorded."""
        told = {place for name, place in self.operations().items() if name not in self.silent_operations()}
        signals = {(module, name) for module, name in self.defined if module == "accounts.signals"}
        views = [*self.posting_views(), *(_place(other) for other in others)]
        # A grant that is lost on the way to an operation does not tell of what was to be done.
        return {
            f"{module}.{name}"
            for module, name in views
            if not self.reaches((module, name), signals if module.startswith("accounts.") else told)
        }


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imports(tree: ast.Module) -> Iterator[tuple[str, Place]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                yield alias.asname or alias.name, (node.module or "", alias.name)


def _place(dotted: str) -> Place:
    module, _, name = dotted.rpartition(".")
    return module, name


def _defined_by(node: ast.stmt) -> list[str]:
    if isinstance(node, Function | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [one.id for one in targets if isinstance(one, ast.Name)]


def _names(node: ast.AST) -> Iterator[list[str]]:
    """Yield each name and each dotted name below `node`, as its words."""
    parts = [
        child for child in ast.iter_child_nodes(node) if child not in getattr(node, "decorator_list", ())
    ]
    for part in parts:
        words = ast.unparse(part).split(".") if isinstance(part, ast.Attribute | ast.Name) else []
        if words and all(word.isidentifier() for word in words):
            yield words
        else:
            yield from _names(part)


def _accepts_post(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    said = [ast.unparse(one) for one in function.decorator_list]
    return any(
        one.startswith("require_POST") or ("require_http_methods" in one and "POST" in one) for one in said
    )


HOUSE = Source(TREES)


def test_every_operation_writes_an_event_or_says_why_not() -> None:
    assert HOUSE.silent_operations() == READERS | set(SILENT_OPERATIONS)


def test_every_public_function_of_the_operations_is_looked_at() -> None:
    functions = {name for name in operations.__all__ if not isinstance(getattr(operations, name), type)}
    assert set(HOUSE.operations()) == functions


def test_every_view_that_changes_something_leads_to_an_event_or_says_why_not() -> None:
    assert HOUSE.silent_views(*CHANGING_ON_GET) == set(SILENT_VIEWS)


def test_views_that_accept_posts_are_found() -> None:
    found = {".".join(place) for place in HOUSE.posting_views()}
    assert {"tokens.views.pat_actions.pat_revoke", "accounts.views.sign_out.sign_out"} <= found
    assert len(found) > 20


QUIET_OPERATION = """
from tokens.models import Pat
def forget_pat(*, pat):
    Pat.objects.filter(pk=pat.pk).update(name="")
"""
REFUSING_OPERATION = """
from tokens.operations._refusal import refuse
def forget_pat(*, pat):
    if pat.is_revoked:
        refuse(ValueError())
    pat.save()
"""
TELLING_OPERATION = """
from functools import partial
from tokens import audit
def forget_pat(*, pat):
    pat.save(partial(_note, pat))
def _note(pat):
    audit.record("pat.forgotten")
"""
BUILDING_OPERATION = TELLING_OPERATION.replace("audit.record(", "audit.build(")


@pytest.mark.parametrize(
    ("text", "is_silent"),
    [
        (QUIET_OPERATION, True),
        (REFUSING_OPERATION, True),
        (BUILDING_OPERATION, True),
        (TELLING_OPERATION, False),
    ],
    ids=["quiet", "refusing alone", "building alone", "telling"],
)
def test_an_operation_that_writes_none_is_found(text: str, *, is_silent: bool) -> None:
    table = TREES["tokens/operations/__init__.py"]
    line = ast.parse("from tokens.operations._forget import forget_pat").body
    planted = {
        "tokens/operations/__init__.py": ast.Module([*table.body, *line], []),
        "tokens/operations/_forget.py": ast.parse(text),
    }
    found = Source({**TREES, **planted}).silent_operations()
    assert found - HOUSE.silent_operations() == ({"forget_pat"} if is_silent else set())


VIEW = """
from django.views.decorators.http import require_POST, require_http_methods
from tokens import operations
from tokens.access import find_pat
from tokens.delegation import client_for
@{decorator}
@sign_in_required(return_to="pat_list")
def pat_forget(request, pat_id):
    pat = find_pat(request.user, pat_id)
    {body}
"""


@pytest.mark.parametrize("decorator", ["require_POST", 'require_http_methods(["GET", "POST"])'])
@pytest.mark.parametrize(
    ("body", "is_silent"),
    [
        ("pat.delete()", True),
        ("client_for(request.user).revoke_pat(pat)", True),
        ("operations.dismiss_notice(operation=pat)", True),
        ("operations.revoke_pat(pat=pat)", False),
    ],
)
def test_a_view_that_leads_to_none_is_found(decorator: str, body: str, *, is_silent: bool) -> None:
    tree = ast.parse(VIEW.format(decorator=decorator, body=body))
    found = Source({**TREES, "tokens/views/pat_forget.py": tree}).silent_views(*CHANGING_ON_GET)
    assert found - set(SILENT_VIEWS) == ({"tokens.views.pat_forget.pat_forget"} if is_silent else set())


def test_a_page_of_sign_in_that_tells_nobody_is_found() -> None:
    text = """
from accounts.models import SignIn
from accounts.sessions import note_seen
@require_POST
def sessions_forget(request):
    SignIn.objects.all().delete()
    note_seen(1)
"""
    planted = {"accounts/views/forget.py": ast.parse(text)}
    assert "accounts.views.forget.sessions_forget" in Source({**TREES, **planted}).silent_views()


def test_every_type_of_event_is_written_by_something() -> None:
    writers = [
        tree for path, tree in TREES.items() if not path.startswith(("tokens/models/", "tokens/presenters/"))
    ]
    named = {
        node.attr
        for tree in writers
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "EventType"
    }
    assert {event_type.name for event_type in EventType} - named == set()


# Of Django and of other packages; those that tokens or accounts replace are judged below.
FOREIGN_COMMANDS_WITHOUT_A_RECORD = {
    **dict.fromkeys(
        ("check", "diffsettings", "findstatic", "inspectdb", "showmigrations", "sqlflush", "sqlmigrate"),
        "looks, and changes nothing",
    ),
    "sqlsequencereset": "prints statements, and runs none",
    **dict.fromkeys(
        ("compilemessages", "makemessages", "makemigrations", "optimizemigration", "squashmigrations"),
        "writes files of the code, not rows",
    ),
    **dict.fromkeys(("collectstatic", "startapp", "startproject"), "writes files, not rows"),
    **dict.fromkeys(("runserver", "test", "testserver"), "serves or tests the code where it is developed"),
    "clearsessions": "deletes sessions that have run out, as the worker does every night",
    "createcachetable": "makes nothing: no cache is kept in the database",
    "remove_stale_contenttypes": "deletes names of models that the code no longer has; no event is about one",
    "sendtestemail": "sends a fixed text to an address that is typed",
}
COMMANDS_WITHOUT_A_RECORD = {
    "accounts.management.commands.changepassword": "refuses",
    "accounts.management.commands.createsuperuser": "refuses",
    "tokens.management.commands.doctor": "looks, and changes nothing",
}


def test_every_command_of_others_is_replaced_or_says_why_not() -> None:
    others = {name for name, app in get_commands().items() if app not in {"accounts", "tokens"}}
    assert others == set(FOREIGN_COMMANDS_WITHOUT_A_RECORD)


def test_every_command_records_who_ran_it_or_says_why_not() -> None:
    commands = [module for module in HOUSE.modules if ".management.commands." in module]
    recorded = {
        ("tokens.management.operators", "record_command"),
        ("tokens.management.operators", "operator_actor"),
    }
    silent = {module for module in commands if not HOUSE.reaches((module, "Command"), recorded)}
    assert silent == set(COMMANDS_WITHOUT_A_RECORD)
