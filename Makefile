# make demo    from a fresh checkout to a RESTORE report: needs Python 3.11+ and nothing else
# make test    lint, types and the whole test suite
# make lint    ruff and mypy only
# make docs    the documentation as a web site in site/
# make clean   remove what the other targets made, the environment too
#
# Every path is relative, so that the checkout may lie in a folder with spaces.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt
.PHONY: demo test lint docs browser clean

demo: $(VENV)/.installed
	@mkdir -p demo
	$(BIN)/python -m graphemb restore world/borders --dim 16 --hops 1,2,3 -o demo --html demo/report.html
	@echo
	@echo "The embeddings and report.html are in demo/. Open demo/report.html in a browser; it needs no network."

test: $(VENV)/.installed-test browser lint
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.installed-docs
	$(BIN)/python docs/generate.py
	$(BIN)/python -m mkdocs build --strict --quiet
	@echo "The documentation is in site/index.html."

# torch first and alone: what depends on it must find it, not choose a build of its own. A build that is already
# in the environment and fits constraints.txt is kept. setuptools is pinned too, so nothing is built with an untested one.
$(VENV)/.installed: setup.cfg pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "graphemb needs Python 3.11 or later as $(PYTHON); name another with: make PYTHON=python3.12" >&2; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { \
	    rm -rf $(VENV); echo "making $(VENV) failed; on Debian install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (torch first; several minutes the first time) ..."
	$(PIP) --quiet setuptools wheel
	$(PIP) torch
	$(PIP) --quiet --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) --quiet --no-build-isolation -e '.[test,dev,rdf]'
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP) --quiet --no-build-isolation -e '.[docs]'
	@touch $@

# Tests that need a browser are skipped, with a reason, where none can be had.
browser:
	@if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing a headless browser ..."; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver >/dev/null; } \
	    || echo "No headless browser could be installed; tests marked 'browser' will be skipped."; \
	else echo "No headless browser (chromium, chromedriver) here; tests marked 'browser' will be skipped."; fi

clean:
	rm -rf $(VENV) demo site build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find graphemb analysis dashboards datasets tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
