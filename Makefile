# Everything a person or CI does with this repository. `make` alone lists it.
#
# The environment is `.venv`, made and filled by the targets themselves; what is installed is pinned in
# constraints.txt. When nothing changed, installing costs nothing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PIP_FLAGS ?=
PYTEST_FLAGS ?=
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off -c constraints.txt

# Several at once: many tests wait for sound that plays at its own speed. What a file shares stays in one process.
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile

# What numba compiles is kept beside the sources: here, rather than at the first start.
COMPILE := $(BIN)/python -m realtime.incremental.fused && $(BIN)/python -m model.voice

# Several processes share the machine's cores (pipeline, recogniser, broker): one thread each for the networks.
export OMP_NUM_THREADS ?= 1
export TOKENIZERS_PARALLELISM := false
export HF_HUB_OFFLINE := 1

# PortAudio for the microphone; the rest for an interpreter from Debian and for packages without a wheel.
SYSTEM_RUNTIME := python3-dev python3-venv gcc g++ libportaudio2
# A sound server without a sound card, the voices of the demo, a broker to compare ours with, and what runs the
# functions of the Node-RED example, what reads a systemd unit, and a clock to set for one process: only for tests.
SYSTEM_TESTS := $(SYSTEM_RUNTIME) pulseaudio pulseaudio-utils libasound2-plugins flite mosquitto openssl nodejs systemd \
    faketime

# Installs the Debian packages in $(1) that are missing, when root; otherwise says how, and goes on.
define system_packages
	@missing=; for package in $(1); do \
	    [ "$$(dpkg-query -W -f='$${db:Status-Status}' $$package 2>/dev/null || true)" = installed ] \
	        || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        echo "Installing system packages:$$missing"; \
	        { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
	            $$missing </dev/null >/dev/null; } || echo "That failed. By hand: apt-get install -y$$missing"; \
	    else \
	        echo "Missing system packages; as root: apt-get install -y$$missing"; \
	    fi; \
	fi
endef

.PHONY: help demo test test-all faults coverage lint format clean system-runtime system-tests

help: ## List what can be done here
	@echo "undertone: who feels what in a conversation, and what caused it. Targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Variables: PYTHON=$(PYTHON) (3.11 or newer), PIP_FLAGS=, PYTEST_FLAGS= (such as '-k wire -x'), WORKERS=$(WORKERS)"

demo: system-runtime $(VENV)/runtime.stamp ## Install what is needed and play the bundled conversation through the pipeline
	@$(BIN)/undertone demo

test: system-tests lint ## Install, lint, then run every test but the long forms
	$(PYTEST) -m "not slow and not gpu" $(PYTEST_FLAGS)

test-all: system-tests lint ## The same with the long forms, and on a GPU where there is one
	$(PYTEST) $(PYTEST_FLAGS)

faults: system-tests $(VENV)/development.stamp ## Break brokers, disks, clocks and processes, and print what became of the events
	$(BIN)/pytest -m faults tests/faults $(PYTEST_FLAGS)

coverage: system-tests $(VENV)/development.stamp ## Run the tests and say which branches they leave out
	$(PYTEST) -m "not slow and not gpu" --cov $(PYTEST_FLAGS)

lint: $(VENV)/development.stamp ## Style, formatting, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/development.stamp ## Put every file into the one format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## Remove the environment and everything generated
	rm -rf $(VENV) build dist *.egg-info .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find model realtime edge tests -name __pycache__ -prune -exec rm -rf {} +

system-runtime:
	$(call system_packages,$(SYSTEM_RUNTIME))

system-tests:
	$(call system_packages,$(SYSTEM_TESTS))

$(BIN)/python: | system-runtime
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "undertone needs Python 3.11 or newer, '$(PYTHON)' is not. Name one: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing undertone into $(VENV): a few minutes the first time"
	$(INSTALL) $(PIP_FLAGS) -qq -e '.[train]'
	@$(COMPILE)
	@touch $@

$(VENV)/development.stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing undertone and its tools into $(VENV): a few minutes the first time"
	$(INSTALL) $(PIP_FLAGS) -qq -e '.[train,dev]'
	@$(COMPILE)
	@touch $@ $(VENV)/runtime.stamp
