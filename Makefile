# make run    install, start everything on loopback, inspect today, show what was found
# make test   the tests that need neither minutes nor a scheduler
# The rest is listed by `make help`.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The stamp carries the lock's hash: another lock, another installation.
LOCK := $(shell cat requirements.lock pyproject.toml | cksum | cut -d ' ' -f 1)
STAMP := $(VENV)/installed-$(LOCK)

.PHONY: help
help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z%-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

.PHONY: install
install: $(STAMP) ## the packages of requirements.lock, and ours, into .venv

$(STAMP): requirements.lock pyproject.toml
	@PYTHON="$(PYTHON)" sh demo/install.sh "$(STAMP)"

.PHONY: run
run: install ## inspect today in a demo on loopback; ONCE=1 stops after it, AGAIN=1 collects anew
	@ONCE="$(ONCE)" AGAIN="$(AGAIN)" exec $(BIN)/python -m demo.launch

.PHONY: test
test: install ## the tests, without the slow ones and without a scheduler
	@$(BIN)/pytest -m "not slow and not scheduler" -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: test-long
test-long: install ## every test, with full counts and the real scheduler
	@ZICHA_LONG=1 $(BIN)/pytest $(ARGS)

.PHONY: check
check: install ## format, lint, strict types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m zicha.pipeline.locked_ids --check
	$(BIN)/python -m zicha.pipeline.collector_pages --check

.PHONY: pages
pages: install ## make docs/collectors.md, level-3.md and roles.md anew from the catalogue
	$(BIN)/python -m zicha.pipeline.collector_pages --write

.PHONY: env
env: ## write .env with secrets of its own, for docker-compose.yaml; SCOPE=folder of your scope
	@$(PYTHON) docker/write_env.py --scope "$(SCOPE)"

.PHONY: test-compose
test-compose: install ## start docker-compose.yaml for real; 77 where there is no docker
	@sh docker/test_compose.sh

.PHONY: year-of-duties
year-of-duties: install ## print the simulated year of the example group into docs/how-to
	@$(BIN)/python -m demo.year_of_duties

bench-%: install ## run one bench: bench-custody, bench-scan, …
	@test -f benchmarks/$*.py || { echo "no bench is called $*: see benchmarks/" >&2; exit 2; }
	@$(BIN)/python -m benchmarks.$*
