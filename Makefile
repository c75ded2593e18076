# Two commands do all the set-up: `make demo` and `make test`. A second run reinstalls nothing.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.installed-run
DEV    := $(VENV)/.installed-dev
BENCH  := $(VENV)/.installed-bench
NPM    := $(foreach one,browser calendars oidc,tests/$(one)/node_modules/.installed)
CI_JOBS ?= 3

.PHONY: help demo test soak check format bench vendor up screenshots clean python npm chromium wrk dovecot nginx faketime office

help:
	@echo "make demo    the main job on five real plans, from nothing to mailed digests"
	@echo "make test    every test, on SQLite and PostgreSQL"
	@echo "make soak    processes killed, disks filled, clocks set, until the time is over (MINUTES=30)"
	@echo "make check   format, lint, types, import arrows"
	@echo "make bench   the benchmarks, into bench/RESULTS.md (about an hour; SIZE=100000: a quarter)"
	@echo "make up      the service: pages, API and schedules until Ctrl-C (DATA=var/demo: the demo's)"
	@echo "make screenshots   pictures of every page of the demo, in var/screenshots"

demo: $(RUN)
	@$(BIN)/dondoc demo

up: $(RUN)
	@$(BIN)/dondoc up $(if $(DATA),--data $(DATA))

# Dozens of tests start commands: where nothing may be kept compiled, each compiles all of ours anew.
test: $(DEV) $(NPM) chromium dovecot nginx faketime office
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(CI_JOBS) --dist loadgroup

# SEED=17: the first run's, and the next ones count on; RUNS=1: no more than that one.
soak: $(DEV) faketime
	$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),30) $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS))

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/dondoc plans check

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# PARTS="updates owing": only these; SIZE=100000: no larger nation; KEEP=dir: its databases stay there.
bench: $(BENCH) | wrk
	$(BIN)/python -m bench $(PARTS) $(if $(SIZE),--size $(SIZE)) $(if $(SQLITE_SIZE),--sqlite-size $(SQLITE_SIZE)) $(if $(KEEP),--folder $(KEEP))

$(RUN): pyproject.toml constraints.txt | python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Dondoc into $(VENV) (about half a minute the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	@touch $@

$(DEV): pyproject.toml constraints.txt | python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Dondoc and its tests' tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(RUN)

$(BENCH): $(DEV)
	@echo "Installing what the benchmarks measure with ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	@touch $@

# Where these cannot be had the tests that need them fail and say so, and all others run.
$(NPM): tests/%/node_modules/.installed: tests/%/package.json tests/%/package-lock.json | npm
	@echo "Installing what tests/$* takes from npm ..."
	@(cd tests/$* && npm ci --silent --no-audit --no-fund </dev/null) && touch $@ \
	  || echo "npm could not install it (is there npm? apt-get install nodejs npm); its tests will fail"

wrk:
	$(call debian,wrk,wrk)

npm:
	$(call debian,npm,nodejs npm)

chromium:
	$(call debian,chromium,chromium fonts-dejavu-core)

# The tests start an instance of their own: the system's is not to run because of them.
dovecot:
	@if ! command -v dovecot >/dev/null && [ "$$(id -u)" = 0 ] && [ -d /run/systemd/system ]; then \
	  systemctl mask --quiet dovecot.service dovecot.socket >/dev/null 2>&1 || true; fi
	$(call debian,dovecot,dovecot-imapd)

nginx:
	@if ! command -v nginx >/dev/null && [ "$$(id -u)" = 0 ] && [ -d /run/systemd/system ]; then \
	  systemctl mask --quiet nginx.service >/dev/null 2>&1 || true; fi
	$(call debian,nginx,nginx-light)

faketime:
	$(call debian,faketime,faketime)

# LibreOffice without a screen, to open what we write; pictures of it come from poppler.
office:
	$(call debian,soffice,--no-install-recommends libreoffice-calc-nogui libreoffice-writer-nogui)
	$(call debian,pdftoppm,poppler-utils fonts-dejavu-core fonts-liberation)

# $(call debian,command,packages): install Debian's packages, where the command is missing and we may.
define debian
	@if ! command -v $(1) >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing $(2) ..."; \
	  { apt-get update && apt-get install -y $(2); } >/dev/null 2>&1 </dev/null || true; fi
endef

# Copies what the pages load out of npm's packages; to take other versions see refresh.py.
vendor: | python npm
	@$(PYTHON) dondoc/web/vendor/refresh.py

python:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. Install it: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Name another with PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. Install it: apt-get install python3-venv"; exit 1; }

clean:
	rm -rf $(VENV) tests/*/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
