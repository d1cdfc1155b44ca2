# Two commands matter: `make run` and `make test`. Both do all their own set-up.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
# What runs needs less than what tests: two stamps, so that the first page comes sooner.
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev

.PHONY: run test check bench install messages clean

run: $(RUN)  ## serve with demo data on http://127.0.0.1:$(PORT)
	@PORT=$(PORT) scripts/run

test: $(DEV)  ## unit, database and browser tests
	@scripts/test

check: $(DEV)  ## lint, format, templates, Django's checks, migrations, catalogue, tower
	@scripts/check

bench: $(DEV)  ## speed, as ratios measured in one run
	@scripts/bench

install: $(DEV)

messages: $(DEV)  ## collect the texts to translate and compile the Arabic catalogue
	@SECRET_KEY=messages $(PY) manage.py makemessages -l ar --no-location --no-obsolete -i .venv -i var -i staticfiles
	@SECRET_KEY=messages $(PY) manage.py compilemessages -l ar -i .venv

INSTALL = $(PY) -m pip install --disable-pip-version-check --progress-bar off -r $(1) \
	| grep --line-buffered -E '^(Collecting|Successfully|ERROR)' | sed -u -E 's/^Successfully.*/All installed./; s/^/  /'; \
	exit $${PIPESTATUS[0]}

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements.txt | $(PY)
	@echo "Installing what the product needs (once; a minute or so) ..."
	@$(call INSTALL,requirements.txt)
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	@echo "Installing what tests and checks need (once) ..."
	@$(call INSTALL,requirements-dev.txt)
	@touch $@

clean:
	rm -rf $(VENV) var staticfiles
