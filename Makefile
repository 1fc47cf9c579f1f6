# Everything a checkout can do. `make help` lists it; CONTRIBUTING.md tells what each target holds.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
MEMBERS := sdk-protocol sdk-python collector conformance-tests
LOCKS := requirements/dev.lock $(MEMBERS:%=%/pyproject.toml)
SEED ?= 1
SEQUENCES ?= 200

.DEFAULT_GOAL := help
.PHONY: help setup conformance demo test check format generate docs lock soak soak-faults soak-fate soak-mutants soak-fuzz bench-web bench-sdk clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

STATIC := collector/src/tallymark_collector/web/static
UI := collector/ui
SERVED := collector/src/tallymark_collector/web/sdk

MICROPYTHON := sdk-python/tests/micropython
TYPING := sdk-python/tests/typing

setup: $(VENV)/.ready sdk-js/node_modules/.ready $(MICROPYTHON)/node_modules/.ready $(TYPING)/node_modules/.ready $(STATIC)/.ready $(SERVED)/.ready ## virtual environment with pinned, hashed packages; npm packages; dashboard and web SDK, built

$(VENV)/.ready: $(LOCKS)
	@.ci/virtual-environment $(PYTHON) $(VENV) $(MEMBERS)
	@touch $@

sdk-js/node_modules/.ready: sdk-js/package-lock.json
	@.ci/node-version
	cd sdk-js && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(MICROPYTHON)/node_modules/.ready: $(MICROPYTHON)/package-lock.json
	@.ci/node-version
	cd $(MICROPYTHON) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(TYPING)/node_modules/.ready: $(TYPING)/package-lock.json
	@.ci/node-version
	cd $(TYPING) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(UI)/node_modules/.ready: $(UI)/package-lock.json
	@.ci/node-version
	cd $(UI) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STATIC)/.ready: $(UI)/node_modules/.ready $(shell find $(UI)/src -type f) $(UI)/index.html $(UI)/vite.config.ts
	cd $(UI) && npm run build --silent -- --logLevel=warn
	@touch $@

$(SERVED)/.ready: sdk-js/node_modules/.ready $(shell find sdk-js/src -type f) sdk-js/build.mjs sdk-js/packages.mjs sdk-js/tsconfig.json
	cd sdk-js && npm run build --silent
	@touch $@

CONFORMANCE := build/conformance
SDKS ?= python node browser curl lite

conformance: setup ## the suite against our SDKs and collector, and a matrix in build/conformance (SDKS=…, ARGS=--smoke, SEED=1)
	@.ci/debian-packages
	@mkdir -p $(CONFORMANCE); red=; export TMC_SDK_JS="$(CURDIR)/sdk-js"; \
	for sdk in $(SDKS); do \
	  $(PY) -m tallymark_conformance run --sdk $$sdk --seed $(SEED) --results $(CONFORMANCE)/$$sdk.json $(ARGS) || red="$$red $$sdk"; \
	done; \
	$(PY) -m tallymark_conformance run --server --seed $(SEED) --results $(CONFORMANCE)/server.json $(ARGS) || red="$$red server"; \
	$(PY) -m tallymark_conformance report $(CONFORMANCE)/*.json --out $(CONFORMANCE)/report; \
	if [ -n "$$red" ]; then echo "red:$$red"; exit 1; fi

demo: setup ## two shops through the SDK, their reports, then live visitors at 127.0.0.1:7300
	@$(VENV)/bin/tallymark demo --data .demo

test: setup ## every test of every language (≤ 15 minutes on 2 cores)
	@.ci/debian-packages
	$(PY) -m pytest -n 2 --dist loadgroup
	cd sdk-js && npm test
	cd $(UI) && npm test --silent

soak: soak-faults soak-fate soak-mutants soak-fuzz ## the full counts of all four, once before a release

soak-faults: setup ## full counts of faults, kills and power cuts (≤ 30 minutes on 2 cores; SEED=1; figures in build/)
	@.ci/debian-packages
	$(PY) -m tallymark_conformance soak --seed $(SEED) --figures build/soak-faults.json

bench-sdk: setup ## the Python SDK and its released peers in one run (writes docs/reference/python-benchmark.md; about an hour)
	$(PY) sdk-python/bench --page docs/reference/python-benchmark.md

BENCH := sdk-js/bench/node_modules/.ready
NEXT := sdk-js/examples/next/node_modules/.ready

soak-fate: setup $(NEXT) ## what becomes of events at a page's end, each cell 20 times in both browsers; the Next example (≈ 2 hours)
	@.ci/debian-packages
	cd sdk-js && npm run soak-fate && npm run test:next

bench-web: setup $(BENCH) ## web SDKs compared, ours with released ones (writes docs/reference/web-benchmark.md)
	@.ci/debian-packages
	cd sdk-js && npm run bench

sdk-js/%/node_modules/.ready: sdk-js/%/package-lock.json
	@.ci/node-version
	cd sdk-js/$* && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

BENCH_REPORTS := build/bench-reports
EVENTS ?= 1000000

$(BENCH_REPORTS)/.ready: requirements/bench-reports.lock
	$(PYTHON) -m venv $(BENCH_REPORTS)
	$(BENCH_REPORTS)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r $<
	@touch $@

bench-reports: setup $(BENCH_REPORTS)/.ready ## reports compared with DuckDB on the same events (EVENTS=1000000; writes docs/reference/report-benchmark.md)
	cd collector && ../$(PY) -m bench $(EVENTS) ../$(BENCH_REPORTS)/bin/python ../docs/reference/report-benchmark.md

check: setup ## format, lint, types, import contracts, generated files, docs (≤ 3 minutes)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	cd sdk-protocol && ../$(PY) -m generate --check
	cd sdk-js && npm run check
	cd $(UI) && npm run check
	$(PY) docs/reference/write.py --check
	$(PY) -m sphinx -q -W --keep-going -b html docs docs/_build
	$(PY) .ci/text_rules.py

format: setup ## format all Python
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

generate: setup ## write everything that is generated from sdk-protocol/spec
	cd sdk-protocol && ../$(PY) -m generate
	$(PY) docs/reference/write.py

docs: setup ## the documentation as a site in docs/_build
	$(PY) -m sphinx -q -W --keep-going -b html docs docs/_build
	@echo "Open docs/_build/index.html"

PIN := uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url

lock: setup ## pin requirements/*.in anew (needs uv)
	$(PIN) -o requirements/dev.lock requirements/dev.in
	$(PIN) --no-annotate --no-header -c requirements/dev.lock -o requirements/collector.lock requirements/collector.in
	$(PIN) --no-annotate --no-header -o requirements/bench-reports.lock requirements/bench-reports.in

soak-mutants: setup ## every planted defect is found by a scenario that names its rule; drawn sequences of calls, faults and kills (SEED=1 SEQUENCES=200)
	@.ci/debian-packages
	TMC_SDK_JS=$(CURDIR)/sdk-js $(PY) -m tallymark_conformance mutants --seed $(SEED) --results build/soak-mutants.json
	$(PY) -m tallymark_conformance search --sequences $(SEQUENCES) --seed $(SEED) --collector-crashes --out build/found

soak-fuzz: setup ## 10⁶ mutated inputs, schema against both validators; 20,000 bad inputs against a collector; 100,000 reports by both engines (SEED=1)
	cd sdk-protocol && ../$(PY) -m fuzz --count 1000000 --seed $(SEED)
	$(PY) -m pytest collector/tests/web/test_bad_inputs.py --count 20000 --seed $(SEED) --timeout 3600
	$(PY) -m pytest -n 2 collector/tests/differential -k equal_the_plain --worlds 12504 --seed $(SEED) --timeout 7200

clean: ## remove what setup and demo made
	rm -rf $(VENV) sdk-js/node_modules sdk-js/bench/node_modules sdk-js/examples/next/node_modules $(MICROPYTHON)/node_modules $(TYPING)/node_modules $(UI)/node_modules $(STATIC) $(SERVED) .demo docs/_build
