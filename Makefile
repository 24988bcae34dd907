# Everything a user of this checkout types. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
unexport PYTHONDONTWRITEBYTECODE

PORT ?= 4580
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

run: $(READY) ## The whole path: orders in, a dashboard out [ORDERS=folder FROM=2010-12-01 DAYS=31 SEED=1 PORT=4580]
	@$(PY) -m laptop.run --port $(PORT) $(if $(ORDERS),--orders '$(ORDERS)') $(if $(FROM),--from '$(FROM)') $(if $(DAYS),--days '$(DAYS)') $(if $(SEED),--seed '$(SEED)')

down: ## Stop what `make run` left running
	@if [ -x $(PY) ]; then $(PY) -m laptop.down; fi

test: $(READY) ## All tests
	@$(PY) -m pytest $(ARGS)

check: $(READY) ## All checks: style, types, SQL, template, generated documents
	@$(VENV)/bin/ruff format --check -q .
	$(VENV)/bin/ruff check -q .
	$(VENV)/bin/mypy plugins local_aws producer laptop
	$(VENV)/bin/sqlfluff lint -q --dialect athena include/sql/athena
	$(VENV)/bin/sqlfluff lint -q --dialect redshift --templater placeholder include/sql/redshift
	$(VENV)/bin/cfn-lint include/cloudformation/template.yaml
	$(PY) -m laptop.documents --check
	echo "all checks passed"

docs: $(READY) ## Write the generated documents anew
	@$(PY) -m laptop.documents

lock: ## Resolve the requirements anew (needs uv)
	@for name in requirements requirements-dev; do \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	    --upgrade -q $$name.in -o $$name.txt; done

clean: down ## Remove the state and the virtual environment
	@rm -rf .local $(VENV)

setup: $(READY) ## Only the installation

$(READY): requirements-dev.txt setup.sh
	@bash setup.sh $(VENV)

.PHONY: help run down test check docs lock clean setup
