# Everything here does its own set-up: a virtual environment in .venv, from the hashed locks. Nothing needs root.

PYTHON_BIN := .venv/bin/python
PYTEST := $(PYTHON_BIN) -m pytest
ARGS ?=

# Tests and their programs must not meet the settings of the shell they were started from.
ALONE := env -u ACTIVITY_DAYS -u ALLOWED_HOSTS -u API_CALLS_PER_MINUTE -u BIND -u CELERY_CONCURRENCY -u COMMS_CHANNEL \
	-u COMMS_CHANNEL_NAME -u DATABASE_URL -u DATABASE_URL_FILE -u DATA_DIR -u DEBUG -u HEARTBEAT_URL \
	-u HTTP_ALLOWED_NETWORKS -u INCIDENT_CHANNEL \
	-u INCIDENT_FIELDS -u LOG_FORMAT -u LOG_LEVEL -u METRICS -u METRICS_TOKEN -u METRICS_TOKEN_FILE -u PLUGIN_MEMORY_MB -u PORT -u REDIS_URL -u REDIS_URL_FILE \
	-u RESPONSE_PLUGINS -u RESPONSE_TEXTS -u SAFE_MODE -u SANDBOX_PORT -u SECRET_KEY -u SECRET_KEY_FILE -u SITE_URL \
	-u SLACK_API_URL -u SLACK_APP_TOKEN -u SLACK_APP_TOKEN_FILE -u SLACK_BOT_TOKEN -u SLACK_BOT_TOKEN_FILE \
	-u SLACK_SIGNING_SECRET -u SLACK_SIGNING_SECRET_FILE -u SWITCHED_OFF -u TIMELINE_EMOJI -u TIME_ZONE \
	-u TRUSTED_PROXIES 	-u WEB_CONCURRENCY

TEST_DATABASE_URL ?= postgresql://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/9

# What depends on the engines; the rest would only be repeated, above all what starts programs on SQLite of its own.
ENGINE_TESTS := $(wildcard tests/jobs tests/people tests/incidents tests/integrations tests/slackbot tests/ui tests/stories tests/response/test_health.py tests/response/test_postgresql.py \
	tests/response/test_compose.py tests/response/test_proxy.py)

.DEFAULT_GOAL := help
.PHONY: help run demo test deployment examples sandbox wheel check format engines browser faults soak fuzz bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.sandbox ## Start everything; ARGS=--verbose shows all that it says
	@exec $(PYTHON_BIN) manage.py up $(ARGS)

demo: .venv/.sandbox ## Watch a two-minute incident, with data of its own
	@exec $(PYTHON_BIN) manage.py demo $(ARGS)

test: .venv/.dev ## Pass the tests that need nothing but Python
	@$(ALONE) $(PYTEST) -n auto --maxprocesses 4 $(ARGS)

deployment: .venv/.dev ## Start, stop, attack and kill the whole program
	@$(ALONE) $(PYTEST) -n auto --maxprocesses 4 tests/response/deployment $(ARGS)

examples: .venv/.dev ## Pass the examples' own tests, as their authors would
	@$(ALONE) $(PYTEST) -n auto --maxprocesses 4 tests/examples $(ARGS)

sandbox: .venv/.dev ## Pass the tests of the sandbox itself
	@$(ALONE) $(PYTEST) -n auto --maxprocesses 4 tests/sandbox $(ARGS)

wheel: .venv/.dev ## Build the wheel, install it elsewhere, and start it
	@$(ALONE) $(PYTEST) tests/wheel $(ARGS)

check: .venv/.dev ## Look at format, lint, types, architecture and docs
	@$(PYTHON_BIN) -m ruff format --check .
	@$(PYTHON_BIN) -m ruff check .
	@$(ALONE) $(PYTHON_BIN) -m mypy
	@$(ALONE) $(PYTEST) -q tests/test_architecture.py tests/docs
	@$(ALONE) $(PYTEST) -q -m types tests/types

format: .venv/.dev ## Format the code and repair what ruff can repair
	@$(PYTHON_BIN) -m ruff check --fix .
	@$(PYTHON_BIN) -m ruff format .

engines: .venv/.dev ## Pass the tests on PostgreSQL and Redis (TEST_DATABASE_URL, TEST_REDIS_URL and the number after it), and behind Caddy
	@$(ALONE) STORIES=processes HYPOTHESIS_PROFILE=more DATABASE_URL=$(TEST_DATABASE_URL) REDIS_URL=$(TEST_REDIS_URL) $(PYTEST) -n 2 --dist loadfile $(ENGINE_TESTS) -m "not faults and not soak" $(ARGS)

browser: .venv/.browser ## Click through the product in headless Chromium
	@CHROMIUM=$$(.ci/find-chromium) && export CHROMIUM && $(ALONE) $(PYTEST) tests/browser $(ARGS)

faults: .venv/.dev ## Break real processes, the short way (about ten minutes)
	@$(ALONE) $(PYTEST) -n 3 --dist loadgroup -m "faults and not soak" tests/faults $(ARGS)

soak: .venv/.dev ## Break real processes for hours (SOAK_RUNS, FAULTS_SEED)
	@$(ALONE) $(PYTEST) -n 4 --dist loadgroup -m "faults or soak" tests/faults $(ARGS)

fuzz: .venv-fuzz/.fuzz ## Try everything that the API could be sent (FUZZ_SECONDS, ten minutes by default; FUZZ_SEED)
	@$(ALONE) .venv-fuzz/bin/python -m tests.fuzz $(ARGS)

bench: .venv/.dev ## Measure
	@$(ALONE) TEST_DATABASE_URL=$(TEST_DATABASE_URL) TEST_REDIS_URL=$(TEST_REDIS_URL) $(PYTHON_BIN) -m bench $(ARGS)

clean: ## Remove what this file made; the data stays
	rm -rf .venv .venv-fuzz .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Each lock contains the ones above it; that of `make fuzz`, in an environment of its own, contains the first. Production installs requirements.txt alone, as the Dockerfile does.
# After a change of pyproject.toml: uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
#   pyproject.toml -o requirements.txt; then with --extra sandbox, --extra dev and --extra browser added, for the others. For requirements-fuzz.txt,
#   with --extra fuzz alone and the versions of requirements-browser.txt as its --constraint.

.venv/.sandbox: requirements-sandbox.txt .ci/install
	@.ci/install $<
	@touch $@

.venv/.dev: requirements-dev.txt .ci/install
	@.ci/install $<
	@touch .venv/.sandbox $@

.venv/.browser: requirements-browser.txt .ci/install
	@.ci/install $<
	@touch .venv/.sandbox .venv/.dev $@

.venv-fuzz/.fuzz: requirements-fuzz.txt .ci/install
	@.ci/install $< .venv-fuzz
	@touch $@
