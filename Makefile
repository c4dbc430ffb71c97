.PHONY: demo install install-dev test lint test-postgres test-browser test-faults test-long test-llm bench screenshots lock clean help
PY := .venv/bin/python
ONLY ?=
ROWS ?=
FAULTS ?=
CHECKING = SECRET_KEY=$$($(PY) -c "import secrets; print(secrets.token_urlsafe(50))") ASSAY_VAR=$$(mktemp -d)
PYTHON ?= $(shell command -v python3 || command -v python)

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

demo: ## Run Assay with sample data on SQLite: no server, no key
	@$(PYTHON) scripts/demo.py

install-dev:
	@$(PYTHON) scripts/demo.py --install-dev

test: install-dev lint ## Linters, types and the whole suite on SQLite
	$(PY) -m pytest -n 2 --dist worksteal -q

lint: install-dev ## Style, types, import rules, missing migrations
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports
	$(CHECKING) $(PY) -m mypy .
	$(CHECKING) $(PY) manage.py makemigrations --check --dry-run

# Where the database's dialect matters: locks, constraints, JSON, statements of our own. The pages and the walks over them
# run on SQLite each time, and on PostgreSQL in test-long.
DIALECT = tests/concurrency tests/labeling/actions tests/evaluation/actions tests/test_commands.py \
	tests/evaluation/views/test_runs.py

test-postgres: install-dev ## On real PostgreSQL and Redis: what the dialect of the database matters to
	scripts/with-services $(PY) -m pytest -n 2 --dist worksteal -q $(DIALECT)

test-browser: install-dev ## The main journeys in Chromium; ends with the keys they took
	@keys=$$(mktemp); KEYS_FILE=$$keys $(PY) -m pytest -q -n 2 --dist worksteal -m browser; code=$$?; \
	said() { grep "^$$1=" $$keys | sort -t= -k2 -n | tail -1; }; \
	echo "keys $$(said label4) $$(said none) $$(said dispute2)"; rm -f $$keys; exit $$code

test-faults: install-dev ## Real workers, killed at random, and at the rate a provider allows
	FAULTS=$(FAULTS) scripts/with-services $(PY) -m pytest -q -s -m faults tests/faults

test-long: install-dev ## The full crawl, the long simulations, and the walks over every page on PostgreSQL
	scripts/with-services $(PY) -m pytest -q -m long
	scripts/with-services $(PY) -m pytest -n 2 --dist worksteal -q

test-llm: install-dev ## A real small language model over 30 items, end to end; installs it first (Node, 330 MB, minutes)
	$(PY) tests/llm/install.py
	nice $(PY) -m pytest -q -s -n 0 -m llm tests/llm

bench: install-dev ## Measure against peers: make bench [ONLY=import|queue|bootstrap|alpha|paired|submit|screen|calls|export|push|review|pages] [ROWS=1000000]
	scripts/with-services $(PY) -m bench.run $(if $(ONLY),--only $(ONLY)) $(if $(ROWS),--rows $(ROWS))

screenshots: install-dev ## Pictures of each screen and state: make screenshots [ONLY="label round"]
	$(PY) scripts/screenshots.py $(ONLY)

lock: ## Resolve requirements*.in again
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate requirements.in -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -c requirements.txt requirements-dev.in -o requirements-dev.txt

clean: ## Remove the environment and the demo's data
	rm -rf .venv var staticfiles bench/results
