# Two commands matter: `make run` and `make test`. Both do all their own set-up.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: run test check bench install messages clean

run: $(STAMP)  ## serve with demo data on http://127.0.0.1:$(PORT)
	@PORT=$(PORT) scripts/run

test: $(STAMP)  ## unit, database and browser tests
	@scripts/test

check: $(STAMP)  ## lint, format, templates, Django's checks, migrations, catalogue, tower
	@scripts/check

bench: $(STAMP)  ## speed, as ratios measured in one run
	@scripts/bench

install: $(STAMP)

messages: $(STAMP)  ## collect the texts to translate and compile the Arabic catalogue
	@SECRET_KEY=messages $(PY) manage.py makemessages -l ar --no-location --no-obsolete -i .venv -i var -i staticfiles
	@SECRET_KEY=messages $(PY) manage.py compilemessages -l ar -i .venv

$(STAMP): requirements.txt requirements-dev.txt
	@echo "Setting up $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --disable-pip-version-check --progress-bar off -r requirements-dev.txt | grep --line-buffered -E '^(Collecting|Successfully|ERROR)' | sed -u -E 's/^Successfully.*/All installed./; s/^/  /'; exit $${PIPESTATUS[0]}
	@touch $@

clean:
	rm -rf $(VENV) var staticfiles
