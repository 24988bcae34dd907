# Everything a user of this checkout types. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
unexport PYTHONDONTWRITEBYTECODE

PORT ?= 4580
AIRFLOW_PORT ?= 8080
SPEED ?= 60
# setup.sh empties it, so it is always this checkout's own, whatever the command line says.
override VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
ATHENA_SQL := --dialect athena include/sql/athena
REDSHIFT_SQL := --dialect redshift --templater placeholder include/sql/redshift

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-16s %s\n' "$$name" "$$text"; done

run: $(READY) ## The whole path: orders in, a dashboard out [ORDERS=folder FROM=2010-12-01 DAYS=31 SEED=1 PORT=4580]
	@$(PY) -m laptop.run --port $(PORT) $(if $(ORDERS),--orders '$(ORDERS)') $(if $(FROM),--from '$(FROM)') $(if $(DAYS),--days '$(DAYS)') $(if $(SEED),--seed '$(SEED)')

up: $(READY) ## The real Airflow with its UI, and a store that sells live [SPEED=60 ORDERS=folder SEED=1 PORT=4580 AIRFLOW_PORT=8080]
	@exec $(PY) -m laptop.up --port $(PORT) --airflow-port $(AIRFLOW_PORT) --speed '$(SPEED)' $(if $(ORDERS),--orders '$(ORDERS)') $(if $(SEED),--seed '$(SEED)')

down: ## Stop what `make up` or `make run` left running
	@if [ -x $(PY) ]; then $(PY) -m laptop.down; fi

ledger: $(READY) ## What arrived, what became of it, what it cost [PORT=4580 AWS=1]
	@$(PY) -m laptop.ledger --port $(PORT) $(if $(AWS),--aws)

test: $(READY) ## All tests but those of the stack [ARGS=tests/producer]
	@$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder -m 'not stack' $(ARGS)

test-stack: $(READY) ## The tests that start Airflow's own processes, or kill them
	@$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder -m stack $(ARGS)

compose-test: $(READY) ## The services of docker-compose.yaml as processes: days by two workers, one killed [DAYS=30]
	@COMPOSE_DAYS=$(or $(DAYS),30) $(PY) -m pytest -n0 tests/laptop/test_compose_services.py $(ARGS)

chaos: $(READY) ## Every remote call struck by every fault, every process killed; writes docs/reliability.md [FULL=1 SEED=1]
	@PYTHONPATH=.:plugins $(PY) -m tests.chaos --write --at-least 200 --faults $(if $(FULL),0,320) --seed $(or $(SEED),1)
	@$(if $(FULL),$(MAKE) --no-print-directory chaos-stack chaos-year chaos-waiting chaos-proof)

chaos-year: $(READY) ## A year backfilled in shuffled order while workers are killed [SEED=1]
	@PYTHONPATH=.:plugins $(PY) -m tests.chaos.year --write --seed $(or $(SEED),1)

chaos-stack: $(READY) ## The real scheduler, triggerer and workers killed during a backfill [SEED=1]
	@PYTHONPATH=.:plugins $(PY) -m tests.chaos.stack --write --seed $(or $(SEED),1)

chaos-waiting: $(READY) ## Two hundred windows waiting at once on the real Airflow: no slot is taken
	@PYTHONPATH=.:plugins $(PY) -m tests.chaos.waiting --write

chaos-proof: $(READY) ## Each protection taken away: a named test must fail
	@PYTHONPATH=.:plugins $(PY) -m tests.chaos.mutations --write

conformance: $(READY) ## Unedited real clients against local_aws; their packages are fetched first [CLIENT=pyathena FRESH=1 OPTIONAL=1]
	@$(PY) -m conformance $(if $(FRESH),--fresh) $(if $(OPTIONAL),--optional) $(CLIENT)

bench: $(READY) ## Measure; writes docs/benchmarks.md [BENCH=tpch SCALE=1 WITH=spark,ministack]
	@$(PY) -m benchmarks --scale $(or $(SCALE),1) $(if $(WITH),--with '$(WITH)') $(BENCH)

check: $(READY) ## All checks: style, types, SQL, template, generated documents
	@failed=()
	check() {
	  local name="$$1" mend="$$2"; shift 2
	  if "$$@"; then printf '  %-10s ok\n' "$$name"; else printf '  %-10s FAILED: %s\n' "$$name" "$$mend" >&2; failed+=("$$name"); fi
	}
	compose_lint() { local said; said="$$($(VENV)/bin/compose-lint check --quiet --no-env docker-compose.yaml 2>&1)" || { echo "$$said"; return 1; }; }
	check layout '`make format`, and commit' $(VENV)/bin/ruff format --check -q .
	check style '`make format` mends what it can; mend the rest by hand' $(VENV)/bin/ruff check -q .
	check types 'mend the types by hand' $(VENV)/bin/mypy --no-error-summary plugins local_aws producer laptop
	check athena-sql '`make format` mends what it can; mend the rest by hand' $(VENV)/bin/sqlfluff lint -q $(ATHENA_SQL)
	check redshift-sql '`make format` mends what it can; mend the rest by hand' $(VENV)/bin/sqlfluff lint -q $(REDSHIFT_SQL)
	check compose 'mend docker-compose.yaml by hand' compose_lint
	check dockerfile 'mend the Dockerfiles by hand' $(VENV)/bin/hadolint Dockerfile Dockerfile.local_aws
	check template 'mend include/cloudformation/template.yaml by hand' $(VENV)/bin/cfn-lint include/cloudformation/template.yaml
	check dashboards 'mend include/quicksight by what is said above' $(PY) -m local_aws.dashboards check include/quicksight
	check documents '`make docs`, and commit' $(PY) -m laptop.documents --check
	if [ $${#failed[@]} -gt 0 ]; then echo "failed: $${failed[*]}" >&2; exit 1; fi
	echo "all checks passed"

dashboards-check: $(READY) ## The dashboards' JSON, offline: shape, references, layout, expressions, columns
	@$(PY) -m local_aws.dashboards check include/quicksight

format: $(READY) ## Mend what the checks can mend: layout, style, SQL
	@$(VENV)/bin/ruff format -q .
	$(VENV)/bin/ruff check -q --fix .
	$(VENV)/bin/sqlfluff fix -q $(ATHENA_SQL)
	$(VENV)/bin/sqlfluff fix -q $(REDSHIFT_SQL)

docs: $(READY) ## Write the generated documents anew
	@$(PY) -m laptop.documents

lock: ## Resolve the requirements anew (needs uv)
	@for name in requirements requirements-dev conformance/clients conformance/dbt conformance/sqlmesh conformance/dlt conformance/tpcds; do \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras \
	    --upgrade -q $$name.in -o $$name.txt; done

clean: down ## Remove the state and the virtual environment
	@rm -rf .local $(VENV)

setup: $(READY) ## Only the installation

$(READY): requirements-dev.txt setup.sh
	@bash setup.sh $(VENV)

.PHONY: help run up down ledger test test-stack chaos chaos-stack chaos-year chaos-waiting chaos-proof compose-test conformance bench check dashboards-check
.PHONY: format docs lock clean setup
