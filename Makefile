# The default target lists what there is. Everything runs in .venv; nothing needs root.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup serve test check lint types bench translations lock

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(STAMP) ## make .venv with the locked dependencies

$(STAMP): requirements/dev.lock pyproject.toml hatch_build.py $(wildcard frontend/*.* frontend/src/*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "pathways-ld needs Python 3.11 or newer; say PYTHON=/path/to/python3.11 make ..."; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "The venv module is missing: install python3-venv, or say PYTHON=... make ..."; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@test -f src/pathways_ld/web/static/dist/sparql.js || echo "The SPARQL editor was not built (npm's registry could not be reached?): /sparql is a plain form. To see why: $(BIN)/pip install -v --no-deps --no-build-isolation -e ."
	@touch $(STAMP)

serve: setup ## build the vocabulary and serve it at http://127.0.0.1:8000
	$(BIN)/pathways-ld build
	$(BIN)/pathways-ld serve

test: lint types ## all tests, with lint, types and layers (COVERAGE=1 counts what they reach, and takes longer)
	$(BIN)/python -m pytest -n auto --dist loadfile $(if $(COVERAGE),--cov --cov-report=term:skip-covered)

check: setup ## check the sources: canonical form, shapes, integrity, consistency
	$(BIN)/pathways-ld check

lint: setup ## ruff and the layer contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup ## mypy --strict
	$(BIN)/mypy

bench: setup ## measure against peers (optional ones are skipped with a reason)
	$(BIN)/python bench/run.py

translations: setup ## bring the catalogues of the interface's texts up to date; then translate what is empty in them
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k _ --no-wrap --sort-output --add-location file --omit-header -o .venv/messages.pot .
	for each in src/pathways_ld/web/translations/*/LC_MESSAGES/messages.po; do \
	  $(BIN)/pybabel -q update --no-wrap --ignore-pot-creation-date --no-fuzzy-matching -l $$(basename $$(dirname $$(dirname $$each))) -i .venv/messages.pot -o $$each; done

lock: ## renew the lock files in requirements/ (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --group dev pyproject.toml -o requirements/dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements/second-opinions.in -c requirements/dev.lock -o requirements/second-opinions.lock
