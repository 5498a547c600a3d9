# Everything runs from a fresh clone: each target makes what it needs first.
.DEFAULT_GOAL := help
.PHONY: help install demo up test soak chaos bench model check contract lock browsers clean

VENV_PYTHON := .venv/bin/python
SUITE := -n 3 --dist worksteal -m "not soak and not browser"
CONTRACT_TESTS := $(addprefix tests/contract/,schemas sdk guide ours recorded)
COVERAGE ?=
ARGS ?=
SEED ?=
JOBS ?=
SECONDS ?=
KEPT ?=
TOGETHER ?=
REAL ?=
CASE ?=

# Tests and the demo must not see the caller's servers, settings or keys; a real demo, which asks first, needs one key.
WITHOUT_SETTINGS := env -u GOOGLE_API_KEY $(foreach name,$(filter LONGWATCH_%,$(.VARIABLES)),-u $(name))
HERMETIC := $(WITHOUT_SETTINGS) -u GEMINI_API_KEY

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

install: ## make .venv with all that the others need (instant when nothing changed)
	@scripts/bootstrap

demo: install ## one research job from request to webhook, on a simulated upstream (REAL=1: your key, real money)
ifeq ($(REAL),1)
	@$(WITHOUT_SETTINGS) $(VENV_PYTHON) -m longwatch.demo $(ARGS)
else
	@$(HERMETIC) $(VENV_PYTHON) -m longwatch.demo $(ARGS)
endif

up: install ## everything in one terminal, with the caller's settings (ARGS="--api-port 9000")
	@.venv/bin/longwatch up $(ARGS)

test: install ## all tests but the minutes-long and the browser ones (COVERAGE=1 measures branches)
	@$(HERMETIC) $(VENV_PYTHON) $(if $(COVERAGE),-m coverage run) -m pytest $(SUITE) $(ARGS)
	@$(if $(COVERAGE),$(VENV_PYTHON) -m coverage combine --quiet && $(VENV_PYTHON) -m coverage report)

soak: install ## what takes minutes: 100 real tasks, kills and wipes, 2,000 runs in flight, a million rows, deploys (about 12 min)
	@$(HERMETIC) $(VENV_PYTHON) -m pytest -n 2 --dist loadfile -m soak $(ARGS)

chaos: install ## everything killed, frozen and cut off at random; one checker over four ledgers (SEED=7 JOBS=150 SECONDS=90; KEPT=1 TOGETHER=3)
	@$(HERMETIC) $(VENV_PYTHON) -m chaos $(if $(JOBS),--jobs $(JOBS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(KEPT),--kept) $(if $(TOGETHER),--together $(TOGETHER)) $(SEED) $(ARGS)

bench: install ## what waiting costs, beside Celery, arq and Procrastinate (CASE="mixed tls" ARGS="--quick"; all: over an hour)
	@scripts/bench/build
	@$(HERMETIC) $(VENV_PYTHON) -m benchmarks $(CASE) $(ARGS)

model: install ## the store against its reference model, STEPS=100000 random steps (a million takes a night)
	@$(HERMETIC) MODEL_STEPS=$(or $(STEPS),100000) $(VENV_PYTHON) -m pytest -q tests/integration/store/test_model.py $(ARGS)

check: install ## format, lint, types, import layers, dependencies, lock
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy
	.venv/bin/lint-imports
	.venv/bin/deptry .
	$(VENV_PYTHON) scripts/check_lock.py

contract: install ## four official SDKs, the guide's samples and our own against the simulator and the door (RECORD=1: anew)
	@scripts/contract/build
	@$(if $(RECORD),$(HERMETIC) $(VENV_PYTHON) scripts/contract/record.py)
	@$(HERMETIC) CONTRACT=1 $(VENV_PYTHON) -m pytest -n 4 --dist worksteal $(CONTRACT_TESTS) $(ARGS)

lock: install ## pin the newest permitted versions in requirements.lock (needs the network)
	@scripts/lock

browsers: install ## the tests that click through Flower and the console (needs chromium)
	@scripts/browsers
	@$(HERMETIC) $(VENV_PYTHON) -m pytest -m browser $(ARGS)

clean: ## remove .venv, caches and build output; never data
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	rm -rf .coverage .coverage.* *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
