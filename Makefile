# Everything here does its own set-up: a virtual environment in .venv, from the hashed locks. Nothing needs root.

PYTHON_BIN := .venv/bin/python
PYTEST := $(PYTHON_BIN) -m pytest
ARGS ?=

# Tests and their programs must not meet the settings of the shell they were started from.
ALONE := env -u SLACK_BOT_TOKEN -u SLACK_SIGNING_SECRET -u SLACK_APP_TOKEN -u SLACK_API_URL -u INCIDENT_CHANNEL \
	-u RESPONSE_TEXTS -u INCIDENT_FIELDS -u API_CALLS_PER_MINUTE -u COMMS_CHANNEL -u COMMS_CHANNEL_NAME -u TIMELINE_EMOJI -u PLUGIN_MEMORY_MB -u DATABASE_URL -u REDIS_URL -u SITE_URL -u SECRET_KEY -u DEBUG \
	-u ALLOWED_HOSTS -u RESPONSE_PLUGINS -u SAFE_MODE -u HEARTBEAT_URL -u SWITCHED_OFF -u PORT -u SANDBOX_PORT -u BIND -u DATA_DIR -u TIME_ZONE -u LOG_LEVEL \
	-u LOG_FORMAT -u WEB_CONCURRENCY -u CELERY_CONCURRENCY -u PLUGIN_MEMORY_MB

TEST_DATABASE_URL ?= postgresql://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/9

# What depends on the engines; the rest would only be repeated, above all what starts programs on SQLite of its own.
ENGINE_TESTS := $(wildcard tests/incidents tests/slackbot tests/ui tests/stories tests/response/test_health.py tests/response/test_postgresql.py \
	tests/response/test_compose.py)
NO_ENGINE_TESTS := --ignore tests/slackbot/test_startplugin.py --ignore tests/slackbot/test_monzo.py

.DEFAULT_GOAL := help
.PHONY: help run demo test check format engines browser faults soak bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.runtime ## Start everything; ARGS=--verbose shows all that it says
	@exec $(PYTHON_BIN) manage.py up $(ARGS)

demo: .venv/.runtime ## Watch a two-minute incident, with data of its own
	@exec $(PYTHON_BIN) manage.py demo $(ARGS)

test: .venv/.dev ## Pass the tests that need nothing but Python
	@$(ALONE) $(PYTEST) -n auto --maxprocesses 4 $(ARGS)

check: .venv/.dev ## Look at format, lint, types, architecture and docs
	@$(PYTHON_BIN) -m ruff format --check .
	@$(PYTHON_BIN) -m ruff check .
	@$(ALONE) $(PYTHON_BIN) -m mypy
	@$(ALONE) $(PYTEST) -q tests/test_architecture.py tests/docs
	@$(ALONE) $(PYTEST) -q -m types tests/types

format: .venv/.dev ## Format the code and repair what ruff can repair
	@$(PYTHON_BIN) -m ruff check --fix .
	@$(PYTHON_BIN) -m ruff format .

engines: .venv/.dev ## Pass the tests on PostgreSQL and Redis (TEST_DATABASE_URL, TEST_REDIS_URL and the number after it)
	@$(ALONE) STORIES=processes DATABASE_URL=$(TEST_DATABASE_URL) REDIS_URL=$(TEST_REDIS_URL) $(PYTEST) -n 2 --dist loadfile $(ENGINE_TESTS) $(NO_ENGINE_TESTS) -m "not browser and not faults and not soak" $(ARGS)

browser: .venv/.browser ## Click through the product in headless Chromium
	@CHROMIUM=$$(.ci/find-chromium) && export CHROMIUM && $(ALONE) $(PYTEST) -m browser $(ARGS)

faults: .venv/.dev ## Break real processes, the short way (about ten minutes)
	@$(ALONE) $(PYTEST) -n 4 --dist loadgroup -m "faults and not soak" tests/faults $(ARGS)

soak: .venv/.dev ## Break real processes for hours (SOAK_RUNS, FAULTS_SEED)
	@$(ALONE) $(PYTEST) -n 4 --dist loadgroup -m "faults or soak" tests/faults $(ARGS)

bench: .venv/.dev ## Measure
	@$(ALONE) TEST_DATABASE_URL=$(TEST_DATABASE_URL) TEST_REDIS_URL=$(TEST_REDIS_URL) $(PYTHON_BIN) -m bench $(ARGS)

clean: ## Remove what this file made; the data stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The development locks contain the runtime one.

.venv/.runtime: requirements.txt .ci/install
	@.ci/install $<
	@touch $@

.venv/.dev: requirements-dev.txt .ci/install
	@.ci/install $<
	@touch .venv/.runtime $@

.venv/.browser: requirements-browser.txt .ci/install
	@.ci/install $<
	@touch .venv/.runtime .venv/.dev $@
