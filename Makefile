# Everything is a make target, and the checks run the same ones. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python that is new enough; PYTHON=/path/to/python overrides it.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$python" && break; done)
BIN := .venv/bin
READY := .venv/.ready
RUNNER ?= python
SIDE_BY_SIDE ?= 2
NODE_READY := frontend/node_modules/.ready
PAGE := src/aitestgen/page/index.html
PAGE_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -type f -print)
OPENAPI = $(BIN)/python -c "import json; from aitestgen.api.app import create_app; from aitestgen.settings import Settings; \
	print(json.dumps(create_app(Settings()).openapi(), indent=1))"
QUICK := $(wildcard tests/analyse tests/propose tests/measure tests/choose tests/render tests/test_*.py)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

.PHONY: setup
setup: $(READY) ## install everything, pinned by hash, into .venv

$(READY): requirements/dev.txt pyproject.toml
	@"$(or $(PYTHON),false)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "setup: no Python 3.11 or newer$(if $(PYTHON), at $(PYTHON)). Name one: make setup PYTHON=/path/to/python" >&2; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) venv-module
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		echo "setup: making .venv with $$("$(PYTHON)" --version)"; "$(PYTHON)" -m venv --clear .venv; }
	@echo "setup: installing $$(grep -c '==' requirements/dev.txt) pinned packages into .venv (half a minute)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@echo "setup: installing aitestgen itself, editable"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: venv-module
venv-module:
	@package="python$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "setup: $(PYTHON) lacks its venv module. Install it (Debian, Ubuntu: sudo apt-get install $$package), then try again." >&2; exit 2; fi; \
	echo "setup: $(PYTHON) lacks its venv module; installing $$package by apt-get"; \
	apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$$package" >/dev/null

.PHONY: run
run: setup ## generate tests for examples/ in the jail, and print them
	@echo "run: generating tests for examples/ into build/tests"
	@rm -rf build/tests && mkdir -p build/tests
	@$(BIN)/aitestgen generate examples/*.py --output build/tests --force --llm none --seed 1
	@for suite in build/tests/*.py; do printf '\n# ---- %s ----\n' "$$suite"; cat "$$suite"; done

.PHONY: page
page: $(PAGE) ## build the page, which the backend then serves at /

$(PAGE): $(NODE_READY) $(PAGE_SOURCES)
	@echo "page: building"
	@cd frontend && npm run -s build
	@touch $@

$(NODE_READY): frontend/package-lock.json
	@command -v npm >/dev/null || { echo "page: Node.js 20.19 or newer with npm is needed to build the page" >&2; exit 2; }
	@echo "page: installing its packages, pinned by hash, into frontend/node_modules"
	@cd frontend && npm ci --silent
	@touch $@

.PHONY: serve-page
serve-page:
	@if command -v npm >/dev/null; then $(MAKE) page || echo "serve: the page could not be built; what there is of it is served, with the API" >&2; \
	elif [ ! -e $(PAGE) ]; then echo "serve: without Node.js the page cannot be built; the API alone is served" >&2; fi

.PHONY: client
client: setup $(NODE_READY) ## generate the page's types from the API
	@mkdir -p build && $(OPENAPI) > build/openapi.json
	@cd frontend && npm run -s client

.PHONY: page-lint
page-lint: setup $(NODE_READY) ## types, lint and format of the page, and whether its types still fit the API
	@echo "page-lint: tsc --strict"; cd frontend && npm run -s types
	@echo "page-lint: biome"; cd frontend && npm run -s lint
	@echo "page-lint: types generated from the API"
	@mkdir -p build && $(OPENAPI) > build/openapi.json
	@cd frontend && npx --no-install openapi-typescript ../build/openapi.json -o ../build/schema.d.ts >/dev/null
	@cmp -s build/schema.d.ts frontend/src/api/schema.d.ts || { echo "page-lint: the API has changed: make client" >&2; exit 1; }

.PHONY: page-test
page-test: setup page ## the page's tests: of its parts, then in Chromium against the real backend and jail
	@echo "page-test: parts"; cd frontend && npm run -s test
	@echo "page-test: in Chromium"; cd frontend && npm run -s test:browser

.PHONY: serve
serve: setup serve-page ## serve page and API on port 8000, and the sandbox service on port 8001
	@$(BIN)/aitestgen sandbox-service --port 8001 & sandbox=$$!; \
	$(BIN)/aitestgen serve --port "$${PORT:-8000}" & backend=$$!; \
	stop() { trap - INT TERM; kill "$$sandbox" "$$backend" 2>/dev/null || true; wait || true; }; \
	trap 'stop; exit 0' INT TERM; \
	status=0; wait -n || status=$$?; \
	echo "serve: one of the two servers ended (status $$status); stopping the other" >&2; stop; exit $$(( status ? status : 1 ))

.PHONY: sandbox-image
sandbox-image: setup ## build the guests' image for podman or docker, out of a Python of this machine (BASE=1: by the Containerfile)
	@engine="$(or $(ENGINE),$(shell command -v podman docker | head -n 1 | xargs -r basename))"; \
	test -n "$$engine" || { echo "sandbox-image: neither podman nor docker is installed" >&2; exit 2; }; \
	if [ -n "$(BASE)" ]; then \
		echo "sandbox-image: building by deploy/sandbox-guest/Containerfile"; \
		"$$engine" build -f deploy/sandbox-guest/Containerfile -t localhost/aitestgen-guest:latest \
			--build-arg PYTHON="$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')" .; \
	else \
		echo "sandbox-image: building from scratch, out of $$(readlink -f $(BIN)/python)"; \
		$(BIN)/python deploy/sandbox-guest/build-from-local --engine "$$engine" $(if $(GUEST_PYTHON),--python "$(GUEST_PYTHON)"); \
	fi

.PHONY: deploy-tools
deploy-tools: setup ## install what tests/deploy checks the deployment files with (Helm as a library, schemas, linters)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/deploy.txt

.PHONY: wheel
wheel: setup wheel-page ## build dist/*.whl, and use it in clean environments of each Python that is here
	@rm -rf dist && $(BIN)/python -m hatchling build -t wheel -d dist
	@EVERY_PYTHON=1 $(BIN)/python -m pytest -q tests/deploy/test_wheel.py tests/deploy/test_github.py

.PHONY: wheel-page
wheel-page:
	@if command -v npm >/dev/null; then $(MAKE) page; \
	elif [ ! -e $(PAGE) ]; then echo "wheel: without Node.js the page cannot be built; this wheel has none" >&2; \
	elif [ -n "$$(find $(PAGE_SOURCES) -newer $(PAGE) -print -quit)" ]; then \
		echo "wheel: the page is older than its sources, and Node.js is not here to build it: remove src/aitestgen/page, or install Node.js 20.19 or newer" >&2; exit 2; fi

.PHONY: images
images: setup ## build the images of the backend and of the sandbox service (LOCAL=1: these and the guests', without a registry, from a local root file system)
	@engine="$(or $(ENGINE),$(shell command -v podman docker | head -n 1 | xargs -r basename))"; \
	test -n "$$engine" || { echo "images: neither podman nor docker is installed" >&2; exit 2; }; \
	if [ -n "$(LOCAL)" ]; then $(BIN)/python deploy/build-from-local --engine "$$engine"; \
	else \
		revision="--build-arg=REVISION=$$(git rev-parse HEAD)"; \
		"$$engine" build -f deploy/app/Containerfile "$$revision" -t localhost/aitestgen:latest .; \
		"$$engine" build -f deploy/sandbox/Containerfile "$$revision" -t localhost/aitestgen-sandbox:latest .; \
	fi

.PHONY: test
test: setup ## run every test (SIDE_BY_SIDE=4: so many files at a time)
	@echo "test: running the test suite, $(SIDE_BY_SIDE) files at a time"
	@$(BIN)/$(RUNNER) -m pytest -n $(SIDE_BY_SIDE) --dist loadfile

.PHONY: lint
lint: setup ## format check, lint, import contracts, types
	@echo "lint: ruff format --check"; $(BIN)/ruff format --check -q .
	@echo "lint: ruff check"; $(BIN)/ruff check -q .
	@echo "lint: import contracts"; $(BIN)/lint-imports --no-logo
	@echo "lint: mypy --strict"; $(BIN)/mypy

.PHONY: check
check: lint page-lint ## every gate: lint, tests with branch coverage and its floor, documentation, the page
	@echo "check: tests with branch coverage (tests/test_documented.py checks the documentation)"
	@$(BIN)/coverage erase
	@$(MAKE) test RUNNER="coverage run"
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report
	@$(MAKE) page-test

.PHONY: fast
fast: lint ## under a minute: lint and the tests that start no jail
	@echo "fast: the tests that start no jail"
	@$(BIN)/python -m pytest -q -x -m "not jail" $(QUICK)

.PHONY: fmt
fmt: setup ## format, and fix what can be fixed
	@$(BIN)/ruff check -q --fix-only .
	@$(BIN)/ruff format .

.PHONY: reference
reference: setup ## write docs/reference out of the code
	@$(BIN)/python docs/reference/make.py

.PHONY: requirements
requirements: setup ## compile requirements/*.txt from pyproject.toml (UPGRADE=1 takes the newest versions)
	@compile="$(BIN)/uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url $(if $(UPGRADE),--upgrade)"; \
	$$compile -o requirements/run.txt; \
	$$compile --group dev -c requirements/run.txt -o requirements/dev.txt; \
	$$compile --extra otel -c requirements/dev.txt -o requirements/image.txt; \
	$${compile/pyproject.toml/requirements\/build.in} -c requirements/dev.txt -o requirements/build.txt; \
	$${compile/pyproject.toml/requirements\/symbolic.in} -c requirements/dev.txt -o requirements/symbolic.txt; \
	$${compile/pyproject.toml/requirements\/arrays.in} -c requirements/dev.txt -o requirements/arrays.txt; \
	$${compile/pyproject.toml/requirements\/deploy.in} -c requirements/dev.txt -o requirements/deploy.txt; \
	guest="$${compile/pyproject.toml/deploy\/sandbox-guest\/requirements.in}"; \
	$${guest/3.11/3.10} -c requirements/run.txt -o deploy/sandbox-guest/requirements.txt

.PHONY: clean
clean: ## remove everything that was made here, .venv included
	rm -rf .venv build dist src/aitestgen/page frontend/node_modules .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
