# Two commands do everything: `make demo` and `make test`. Both set up .venv first; quick when it is current.
PYTHON ?= python3
BUDGET ?= 100s
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.current

.PHONY: demo test setup lint schemas clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "gatewise needs Python 3.11 or newer; this is $$($(PYTHON) --version). Type: make PYTHON=python3.11 setup"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	$(BIN)/gatewise compare examples/seattle-weather.csv --target temp_max --horizon 7 --budget $(BUDGET)

schemas: setup
	$(BIN)/python -c "import json; from gatewise.documents import Plan, Verdict; [open(f'docs/{n}.schema.json', 'w').write(json.dumps(m.model_json_schema(), indent=2) + chr(10)) for n, m in (('plan', Plan), ('verdict', Verdict))]"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
