"""Compile every template of the checkout: a misspelt tag fails here and not in front of a person."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Compile all files below templates/; return an exit code for the shell."""
    import django  # noqa: PLC0415 - the path above comes first
    from django.template import TemplateSyntaxError, engines  # noqa: PLC0415

    django.setup()
    folder = ROOT / "templates"
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    failures = 0
    for name in names:
        try:
            engines["django"].get_template(name)
        except TemplateSyntaxError as exc:
            print(f"templates/{name}: {exc}")
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
