# The two main commands are `make run` and `make test`; both set everything up. `make help` lists the rest.
# CONTRIBUTING.md explains how to work on longflow.

PORT     ?= 8080
SETTINGS ?= longflow.toml
TABLE    ?=
ID       ?=
PYTHON   := .venv/bin/python
UV       := $(or $(shell command -v uv),var/uv/bin/uv)

.DEFAULT_GOAL := help
.PHONY: help setup run test test-unit test-sql new-table check lint lint-sql format hooks bench endure clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | while IFS='	' read -r name text; do printf '  make %-11s%s\n' "$$name" "$$text"; done

setup: .venv/ready ## create the environment, .venv, from uv.lock

# Compiles bytecode at once. Where Python writes none itself (PYTHONDONTWRITEBYTECODE, as in containers),
# each Airflow process and each test worker would otherwise compile everything it imports.
.venv/ready: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --locked --compile-bytecode || { echo "longflow: no environment: it needs Python 3.11 to 3.13 and a package index; see the lines above" >&2; exit 1; }
	@touch $@

# If the machine has no uv, pip installs one in this folder only.
var/uv/bin/uv:
	@python3 -m pip --version >/dev/null 2>&1 || { echo "longflow: found neither uv nor pip: install one of them (Debian: python3-pip), then again" >&2; exit 1; }
	PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --target var/uv uv

run: .venv/ready ## run the simulated provider through Airflow (PORT=8080 ONCE=1 SETTINGS=longflow.toml)
	@exec $(PYTHON) -m longflow.orchestration.demo --settings "$(SETTINGS)" --port $(PORT) $(if $(filter-out 0,$(ONCE)),--once)

# The fast tests come first. A failure among them does not skip the others. Every core takes one file at a
# time; the tests that start processes of their own wait for those more than they compute.
FAST := tests/unit tests/sql
test: .venv/ready ## run all tests that need no server
	@failed=0; \
	$(PYTHON) -m pytest $(FAST) --numprocesses auto --dist loadfile || failed=1; \
	$(PYTHON) -m pytest $(FAST:%=--ignore %) --numprocesses auto --dist loadfile --no-loadscope-reorder || failed=1; \
	exit $$failed

test-unit: .venv/ready ## run the unit tests
	$(PYTHON) -m pytest tests/unit --numprocesses auto --dist loadfile

test-sql: .venv/ready ## run the SQL cases (TABLE=table_1: only those of that table)
	$(PYTHON) -m pytest tests/sql $(if $(TABLE),--table "$(TABLE)",--numprocesses auto --dist loadfile)

new-table: .venv/ready ## the folder of a new published table (ID=median-by-access)
	@$(PYTHON) -m tests.new_table "$(ID)"

check: lint lint-sql ## check formatting, lint, types and SQL lint

lint: .venv/ready ## check formatting, lint and types
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

lint-sql: .venv/ready ## lint the SQL (TABLE=table_1: only that table)
	$(PYTHON) -m sqlfluff lint --disable-progress-bar $(or $(wildcard sql/*/$(subst -,_,$(or $(TABLE),none))),sql)

hooks: .venv/ready ## install git hooks that check each commit (.pre-commit-config.yaml)
	$(PYTHON) -m pre_commit install

format: .venv/ready ## format the code
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix-only .

bench: .venv/ready ## measure, also against nfdump; write pages to docs/benchmarks (an hour, 20 GB)
	@mkdir -p docs/benchmarks
	$(PYTHON) -m tests.benchmarks.bench_nfcapd docs/benchmarks/nfcapd.md
	$(PYTHON) -m tests.benchmarks.bench_week docs/benchmarks/week.md --flows 2000000 10000000 40000000
	$(PYTHON) -m tests.benchmarks.port_ranges
	$(PYTHON) -m tests.benchmarks.tabular
	$(PYTHON) -m tests.benchmarks.judging
	$(PYTHON) -m tests.benchmarks.faults
	$(PYTHON) -m tests.benchmarks.mode
	$(PYTHON) -m tests.benchmarks.errors
	$(PYTHON) -m tests.benchmarks.places
	$(PYTHON) -m tests.benchmarks.differences
	$(PYTHON) -m tests.benchmarks.densities
	$(PYTHON) -m tests.benchmarks.sampling_floor
	$(PYTHON) -m tests.benchmarks.packet_sizes
	$(PYTHON) -m tests.benchmarks.edition

endure: .venv/ready ## kill and fail system calls at 200 points; write a page to docs/benchmarks (needs cc)
	@mkdir -p docs/benchmarks
	$(PYTHON) -m tests.endure.sweep docs/benchmarks/endure.md

clean: ## remove what runs made; keep .venv and a downloaded uv
	@test ! -d var || chmod -R u+w var # releases are read-only
	@test ! -d var || find var -mindepth 1 -maxdepth 1 ! -name uv -exec rm -rf {} +
