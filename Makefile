# Everything that is done with this checkout. Needs make, Python 3.11 or newer and, the first time, a network.
# `make` alone lists what there is. The virtual environment .venv is made on the way and kept up to date.

.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
# Arguments to pass on, as in: make test ARGS="tests/accounts -k grant"
ARGS ?=
# Who wants a certain Python names it: make demo PYTHON=/opt/python/bin/python3
PYTHON ?=
CANDIDATES := python3.13 python3.12 python3.11 python3 python
# The settings want an environment. Checks that import them get the documented, production-like one and nothing else.
PRODUCTION_LIKE := env -i PATH="$$PATH" HOME="$$HOME" LANG=C.UTF-8 \
	sh -c 'set -a; . ./tests/production.env; set +a; exec "$$@"' sh

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":[^#]*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: install ## Run the whole portal here, against the sandbox. PORT=8100 serves elsewhere; Ctrl-C ends it
	@exec $(BIN)/python -m sandbox.demo --tied

.PHONY: test
test: install ## Run every test and measure coverage. ARGS="tests/tokens -k rotate" runs some
	@exec $(BIN)/python -m sandbox.testing $(ARGS)

CHECKS := lint format types contracts security templates locks migrations deploy
.PHONY: check
check: $(CHECKS:%=check-%) ## Check style, types, import contracts, templates, migrations, locks, deployment settings
	@echo "All checks passed."

.PHONY: bench
bench: install ## Measure the list, many at once, syncs, an audit log of a million events, a million PATs' reminders
	@$(BIN)/python -m sandbox.testing run -m tests.bench.list_page
	@$(BIN)/python -m sandbox.testing run -m tests.bench.list_browser
	@$(BIN)/python -m sandbox.testing run -m tests.bench.bulk
	@$(BIN)/python -m sandbox.testing run -m tests.bench.sync
	@$(BIN)/python -m sandbox.testing run -m tests.bench.due_syncs
	@$(BIN)/python -m sandbox.testing run -m tests.bench.audit
	@exec $(BIN)/python -m sandbox.testing run -m tests.bench.reminders

.PHONY: screenshots
screenshots: install ## Draw every page at 320, 768 and 1440 px, light and dark, into screenshots/
	@PYTEST_SCREENSHOTS="$(CURDIR)/screenshots" $(BIN)/python -m sandbox.testing -q $$(grep -l inspector.look tests/browser/*.py)

.PHONY: pictures
pictures: install ## Take the pictures of README.md from a demo of its own, into docs/images/
	@exec $(BIN)/python -m tests.browser.pictures

.PHONY: fix
fix: install ## Repair what tools can repair: imports, style, format of code and templates
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .
	$(BIN)/python -m djlint templates --reformat --quiet || test $$? -eq 1

.PHONY: migrations
migrations: install ## Write the migrations that changed models need
	@exec $(BIN)/python -m sandbox.testing run manage.py makemigrations $(ARGS)

.PHONY: shell
shell: install ## Open a Django shell in the running demo
	@exec $(BIN)/python -m sandbox.demo run manage.py shell

.PHONY: remind
remind: install ## Have the running demo send its reminders now, without waiting for nine o'clock
	@exec $(BIN)/python -m sandbox.demo run manage.py send_reminders --at-once

.PHONY: reset
reset: install ## Forget all data of the demo
	@exec $(BIN)/python -m sandbox.demo reset

.PHONY: lock
lock: install ## Resolve the lock files from pyproject.toml. ARGS=--upgrade takes newer versions (needs a network)
	@exec $(BIN)/python -m sandbox.locks $(ARGS)

.PHONY: hooks
hooks: install ## Check every commit from now on (git hooks by pre-commit)
	@exec $(BIN)/python -m pre_commit install

.PHONY: clean
clean: ## Remove what make made, except the data of the demo
	rm -rf .venv .test .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path ./.demo -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# --- The parts of make check; each runs alone as well --------------------------------------------------------------

.PHONY: $(CHECKS:%=check-%)
check-lint: install
	@echo "lint: ruff check"
	@$(BIN)/python -m ruff check --quiet .
check-format: install
	@echo "format: ruff format"
	@$(BIN)/python -m ruff format --check --quiet .
check-types: install
	@echo "types: mypy"
	@$(PRODUCTION_LIKE) $(BIN)/python -m mypy --no-error-summary
check-contracts: install
	@echo "contracts: import-linter"
	@$(BIN)/lint-imports --no-logo
check-security: install
	@echo "security: bandit"
	@: "what bandit finds of low severity, ruff finds as well, and there each exception has its reason"
	@$(BIN)/python -m bandit --quiet --severity-level medium --configfile pyproject.toml --recursive manage.py patportal accounts tokens
check-templates: install
	@echo "templates: djlint, and every one compiles"
	@$(BIN)/python -m djlint templates --lint --check --quiet
	@$(PRODUCTION_LIKE) $(BIN)/python .ci/compile_templates.py
check-locks: install
	@echo "locks: requirements against pyproject.toml"
	@$(BIN)/python -m sandbox.locks check
check-migrations: install
	@echo "migrations: none is missing"
	@$(BIN)/python -m sandbox.testing run manage.py makemigrations --check --dry-run
check-deploy: install
	@echo "deploy: manage.py check --deploy"
	@$(PRODUCTION_LIKE) $(BIN)/python manage.py check --deploy --fail-level WARNING

# --- The virtual environment ---------------------------------------------------------------------------------------

.PHONY: install
install:
	@for modules in sys,ensurepip,venv sys; do for python in "$(PYTHON)" $(CANDIDATES); do \
		if test -n "$$python" \
			&& "$$python" -c "import $$modules; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1; then \
			exec "$$python" -I sandbox/install.py; \
		fi; \
	done; done; \
	echo "Python 3.11 or newer is needed; none of these is one: $(strip $(PYTHON) $(CANDIDATES))." >&2; \
	exit 1
