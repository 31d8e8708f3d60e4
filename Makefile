# Two commands: `make demo` shows the whole way on invented data, `make test` is what each push has to pass.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SPARK := .venv-spark
CLOUDS := .venv-clouds
UV := $(BIN)/uv
DEMO_CUSTOMERS ?= 2000
DEMO_SEED ?= 42

export UV_COMPILE_BYTECODE = 1
export DBT_SEND_ANONYMOUS_USAGE_STATS = False

.DEFAULT_GOAL := help
.PHONY: help demo lint-python lint-sql test test-full equality test-spark test-clouds test-matrix soak bench bench-postgres bench-sync lint format build docs lock clean

help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; choose one with: make demo PYTHON=python3.12")'
	@echo "Installing into $(VENV) (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(SPARK)/installed: requirements-spark.lock pyproject.toml | $(VENV)/installed
	@echo "Installing into $(SPARK) (once, 450 MB of Spark) ..."
	@$(UV) venv --quiet --clear --python $(BIN)/python $(SPARK)
	@$(UV) pip install --quiet --python $(SPARK)/bin/python --require-hashes --requirement requirements-spark.lock
	@$(UV) pip install --quiet --python $(SPARK)/bin/python --no-deps --editable .
	@touch $@

data/demo/.$(DEMO_CUSTOMERS)-$(DEMO_SEED): | $(VENV)/installed
	@$(BIN)/segctl demo-data --customers $(DEMO_CUSTOMERS) --seed $(DEMO_SEED) --output data/demo
	@rm -f data/demo/.[0-9]*; touch $@

demo: $(VENV)/installed data/demo/.$(DEMO_CUSTOMERS)-$(DEMO_SEED) ## From nothing to audiences in files, on invented data
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/dev/demo.py

build: $(VENV)/installed data/demo/.$(DEMO_CUSTOMERS)-$(DEMO_SEED) ## dbt build with all data and unit tests, on invented data
	@$(BIN)/dbt build

lint: lint-python lint-sql ## ruff, mypy, dbt's strict YAML check and sqlfluff

lint-python: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/dev/strict_parse.py

lint-sql: $(VENV)/installed data/demo/.$(DEMO_CUSTOMERS)-$(DEMO_SEED)
	@# One process: each more would compile the project once more.
	DBT_TARGET_PATH=target/lint $(BIN)/sqlfluff lint models analyses tests/dbt

format: $(VENV)/installed ## Reformat Python and fix what sqlfluff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix models analyses

PYTEST := $(BIN)/pytest --numprocesses auto --dist worksteal --durations 20

test: lint-python build ## What each push has to pass, beside make lint; some twelve minutes
	$(PYTEST)

test-full: lint build $(CLOUDS)/installed ## All tests there are but Spark's, in an hour
	SEGMENTATION_TESTS=full $(PYTEST)
	$(CLOUDS)/bin/pytest tests/clouds

equality: $(VENV)/installed ## Build on every engine that is installed, and compare all public tables
	@PYTHONPATH=tests/python $(BIN)/python -m portability

test-spark: $(SPARK)/installed ## The same with DuckDB, PostgreSQL and a Spark cluster, and all of dbt's tests there
	@PYTHONPATH=tests/python $(SPARK)/bin/python -m portability duckdb postgres spark --test spark

$(CLOUDS)/installed: requirements-clouds.lock pyproject.toml | $(VENV)/installed
	@echo "Installing into $(CLOUDS) (once) ..."
	@$(UV) venv --quiet --clear --python $(BIN)/python $(CLOUDS)
	@$(UV) pip install --quiet --python $(CLOUDS)/bin/python --require-hashes --requirement requirements-clouds.lock
	@$(UV) pip install --quiet --python $(CLOUDS)/bin/python --no-deps --editable .
	@touch $@

test-clouds: $(CLOUDS)/installed ## SQL for Snowflake, BigQuery, Databricks and Redshift, without any of them
	@$(CLOUDS)/bin/pytest tests/clouds

test-matrix: $(VENV)/installed data/demo/.$(DEMO_CUSTOMERS)-$(DEMO_SEED) ## Oldest and newest dependencies on dbt 1.11 and 1.12
	@$(BIN)/python scripts/dev/matrix.py

soak: $(VENV)/installed ## 10,000 random histories of syncs, crashes and faults (hours)
	@SEGCTL_HISTORIES=10000 $(BIN)/pytest tests/python/destinations/histories/test_histories.py --numprocesses auto --dist worksteal

bench: $(VENV)/installed ## What it costs beside SQL, polars and pandas (BENCH_SF=10: ten times the data)
	@$(BIN)/python scripts/bench/project/main.py

bench-postgres: $(VENV)/installed ## The whole project on PostgreSQL beside DuckDB, at SF1 (needs 10 GB of disk)
	@PYTHONPATH=tests/python $(BIN)/python -m portability.timing duckdb postgres --customers 100000

bench-sync: $(VENV)/installed ## How fast the sync is, beside its goals
	@$(BIN)/python scripts/bench/sync

docs: $(VENV)/installed data/demo/.$(DEMO_CUSTOMERS)-$(DEMO_SEED) ## dbt's documentation site in target/
	@$(BIN)/dbt docs generate --static
	@echo "Open target/static_index.html"

lock: $(VENV)/installed ## Resolve requirements.lock anew
	@$(UV) pip compile pyproject.toml --group dev --extra postgres --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock
	@$(UV) pip compile pyproject.toml --group spark --extra postgres --constraint requirements.lock --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-spark.lock
	@$(UV) pip compile --group clouds --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-clouds.lock

clean: ## Remove what the demo and the builds wrote, but not the environment
	@rm -rf target logs data/demo .segctl segmentation.duckdb
