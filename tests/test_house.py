"""The laws of the house: what a reader may rely on everywhere, checked on the source itself."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from inspect import Parameter, signature
from os import environ
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import URLPattern

from accounts import errors as accounts_errors
from accounts import messages as accounts_messages
from tokens import errors, messages, operations
from tokens.models import EventType

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("patportal", "accounts", "tokens")
MODULES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
)
TREES = {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in MODULES}

LONGEST_MODULE, LONGEST_FUNCTION = 300, 50
EMPTY_NAMES = {"utils", "helpers", "common", "misc"}
WORD = "token"

Function = ast.FunctionDef | ast.AsyncFunctionDef
_NAMED = Function | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    """Yield every node of these kinds with the module that it stands in."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield name, node


def at(module: str, node: Any) -> str:
    return f"{module}:{node.lineno}"


# --- Imports ---------------------------------------------------------------------------------------


def test_modules_import_only_what_their_layer_may() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


def test_one_module_reads_the_environment() -> None:
    readers = {
        module
        for module, node in nodes(ast.Attribute, ast.ImportFrom)
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"environ", "getenv"}
            and ast.unparse(node.value) == "os"
        )
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and {"environ", "getenv"} & _names(node))
    }
    # The entry point names the settings module before anything can be read.
    assert readers - {"patportal/wsgi.py"} == set()


def _names(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}


def test_one_module_defers_jobs() -> None:
    callers = {
        module
        for module, node in nodes(ast.Attribute)
        if node.attr in {"defer", "defer_async", "configure_task", "batch_defer"}
    }
    assert callers == {"tokens/enqueue.py"}


def test_settings_are_read_through_django() -> None:
    importers = {
        module
        for module, node in nodes(ast.ImportFrom, ast.Import)
        if "patportal.settings" in ast.unparse(node)
    }
    assert importers == set()


def test_few_places_reveal_a_secret() -> None:
    callers = {module for module, node in nodes(ast.Attribute) if node.attr == "reveal"}
    outside = {module for module in callers if not module.startswith("tokens/azure_devops/")}
    # The secrets of PATs, and the addresses of calendars: each in the one answer that shows it.
    assert outside == {"tokens/views/_issued.py", "tokens/views/calendar.py"}


def test_signals_are_never_sent_where_a_failing_receiver_would_be_forgotten() -> None:
    assert [at(module, node) for module, node in nodes(ast.Attribute) if "send_robust" in node.attr] == []


# --- Words and sizes -------------------------------------------------------------------------------


def defined_names() -> Iterator[tuple[str, str, int]]:
    """Yield every name that the source gives to something: variables, arguments, fields, functions."""
    for module, node in nodes(ast.AST):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield module, node.id if isinstance(node, ast.Name) else node.attr, node.lineno
        elif isinstance(node, ast.arg):
            yield module, node.arg, node.lineno
        elif isinstance(node, ast.alias):
            yield module, node.asname or node.name, node.lineno
        elif isinstance(node, _NAMED) and node.name:
            yield module, node.name, node.lineno


def test_the_overloaded_word_names_nothing() -> None:
    assert [f"{module}:{line}" for module, name, line in defined_names() if name == WORD] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name for name in TREES if EMPTY_NAMES & {Path(name).stem, *Path(name).parts}] == []


def test_every_module_says_why_it_exists() -> None:
    empty = {name for name, tree in TREES.items() if not tree.body}
    assert {
        name for name in empty if not name.startswith(("accounts/management", "tokens/management"))
    } == set()
    assert [name for name, tree in TREES.items() if tree.body and not ast.get_docstring(tree)] == []


def test_modules_and_functions_stay_small() -> None:
    long_modules = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if len(path.read_text("utf-8").splitlines()) > LONGEST_MODULE
    ]
    long_functions = [
        at(module, node)
        for module, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert (long_modules, long_functions) == ([], [])


def test_nothing_catches_everything() -> None:
    caught = [
        at(module, node)
        for module, node in nodes(ast.ExceptHandler)
        if node.type is None or {"Exception", "BaseException"} & _words_of(node.type)
    ]
    assert caught == []


def _words_of(node: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def test_nobody_boasts_and_nothing_is_left_to_do() -> None:
    sources = [*MODULES, *(ROOT / "templates").rglob("*.html")]
    pattern = re.compile(r"successfully|\bTODO\b|\bFIXME\b|\bXXX\b")
    assert [str(path.relative_to(ROOT)) for path in sources if pattern.search(path.read_text("utf-8"))] == []


# --- Completeness ----------------------------------------------------------------------------------


def all_below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for one in kind.__subclasses__():
        yield one
        yield from all_below(one)


def test_every_error_of_the_tokens_app_has_a_message() -> None:
    codes = {one.code for one in all_below(errors.TokensError)}  # type: ignore[attr-defined]
    assert codes == set(messages.MESSAGES)


def test_every_code_of_the_accounts_app_has_a_message() -> None:
    codes = {one.code for one in all_below(accounts_errors.AccountsError)}  # type: ignore[attr-defined]
    codes |= {
        reason.value
        for kind in (accounts_errors.SignInReason, accounts_errors.RefusalReason)
        for reason in kind
    }
    assert codes - set(accounts_messages.MESSAGES) == set()


def test_every_error_is_in_the_tree_that_is_drawn() -> None:
    for module in (errors, import_module("tokens.azure_devops.errors")):
        base = next(
            value for name, value in vars(module).items() if name in {"TokensError", "AzureDevOpsError"}
        )
        drawn = module.__doc__ or ""
        assert [one.__name__ for one in all_below(base) if f"── {one.__name__}" not in drawn] == []


def test_every_event_type_has_a_name_in_the_past_and_a_label() -> None:
    for event_type in EventType:
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", event_type.value), event_type
        assert event_type.label, event_type
        assert str(event_type.label) != event_type.name.replace("_", " ").title(), (
            f"{event_type} has Django's label"
        )
    labels = [event_type.label for event_type in EventType]
    assert len(labels) == len(set(labels))


def test_operations_are_listed_in_one_table() -> None:
    assert list(operations.__all__) == sorted(operations.__all__)
    source = TREES["tokens/operations/__init__.py"]
    imported = {
        alias.asname or alias.name
        for node in source.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == set(operations.__all__)


def test_operations_take_keywords_only() -> None:
    # `notes_of(pat)` and the like only say what a row holds; they change nothing.
    names = [name for name in operations.__all__ if not name.endswith("_of")]
    functions = [getattr(operations, name) for name in names]
    for function in functions:
        kinds = {one.kind for one in signature(function).parameters.values()}
        assert isinstance(function, type) or kinds == {Parameter.KEYWORD_ONLY}, function


# --- Configuration ---------------------------------------------------------------------------------


def variables() -> set[str]:
    """Return the names of all environment variables that the settings ask for."""
    names: set[str] = sys.modules[environ["DJANGO_SETTINGS_MODULE"]].env.names
    return names


def test_every_environment_variable_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert documented == variables()


def test_the_example_environment_names_every_variable() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    assert set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)) == variables()


def test_the_production_like_environment_sets_what_is_required() -> None:
    text = (ROOT / "tests" / "production.env").read_text("utf-8")
    given = set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
    assert given - {"DJANGO_SETTINGS_MODULE"} <= variables()
    required = (ROOT / ".env.example").read_text("utf-8").partition("# --- Optional")[0]
    assert set(re.findall(r"^([A-Z_]+)=", required, re.MULTILINE)) <= given


# --- Views -----------------------------------------------------------------------------------------


def views(app: str) -> list[tuple[str, Function]]:
    """Return the view function of every address of an app with its name."""
    patterns = import_module(f"{app}.urls").urlpatterns
    assert patterns
    found = []
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        assert pattern.name, pattern.pattern
        module, name = pattern.callback.__module__, pattern.callback.__name__
        tree = TREES[f"{module.replace('.', '/')}.py"]
        function = next(node for node in tree.body if isinstance(node, Function) and node.name == name)
        found.append((pattern.name, function))
    return found


def decorators(function: Function) -> list[str]:
    return [ast.unparse(one).partition("(")[0] for one in function.decorator_list]


@pytest.mark.parametrize("app", ["accounts", "tokens"])
def test_every_view_says_first_which_methods_it_answers(app: str) -> None:
    for name, function in views(app):
        assert decorators(function)[0] in {
            "require_safe",
            "require_GET",
            "require_POST",
            "require_http_methods",
        }, name


# Whoever reads mail at an invited address need not be a person of the portal, a mail program has no session:
# a signed link is all they have. Calendar programs have nothing but their address.
WITHOUT_SIGN_IN = {"backup_answer", "calendar_feed", "unsubscribe"}


def test_every_view_about_a_persons_data_requires_a_sign_in() -> None:
    assert {name for name, _ in views("tokens")} >= WITHOUT_SIGN_IN
    for name, function in views("tokens"):
        if name in WITHOUT_SIGN_IN:
            continue
        assert decorators(function)[-1] == "sign_in_required", name
        assert ast.unparse(function.args.args[0].annotation or ast.Constant("")) == "PersonRequest", name


def test_a_view_that_only_takes_posts_says_where_to_return_to() -> None:
    for name, function in views("tokens"):
        if decorators(function)[0] == "require_POST":
            assert "return_to=" in ast.unparse(function.decorator_list[-1]), name


def test_views_are_named_like_their_addresses() -> None:
    for app in ("accounts", "tokens"):
        assert [name for name, function in views(app) if name != function.name] == []
