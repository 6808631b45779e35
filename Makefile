# The two commands of the README: everything else is behind `grader --help` and tox.ini.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test clean

demo: $(VENV)/ready
	$(BIN)/grader demo -o demo
	@echo "To use the command grader in this shell: source $(BIN)/activate"

test: $(VENV)/tox-ready
	$(BIN)/tox run

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The engine, and beside it what only staff have: the solution, its cases and samples.
$(VENV)/ready: $(VENV)/bin/python pyproject.toml reference/pyproject.toml reference/setup.py
	$(BIN)/python -m pip install --quiet --editable . --editable ./reference
	touch $@

$(VENV)/tox-ready: $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet 'tox>=4.11'
	touch $@

clean:
	rm -rf $(VENV) .tox demo build *.egg-info reference/*.egg-info
