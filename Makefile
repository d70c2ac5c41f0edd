# `make demo` sets up .venv with what running needs, `make setup` adds what working on gatewise needs; `make test` runs all
# checks. All are quick when .venv is current.
PYTHON ?= python3
BUDGET ?= 100s
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
STAMP := $(VENV)/.current
NATIVE := $(VENV)/.native
SOURCES := CMakeLists.txt $(wildcard csrc/*.h csrc/*.cpp)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# The extension is built by the pinned tools in .venv, in a folder that stays: a change compiles what it touches. So is
# baycomp, which comes as source: pip 26.3 no longer lends it what the setuptools of a new venv lacks.
INSTALL := $(PIP) --no-build-isolation -C build-dir=build/dev

.PHONY: demo test test-long cluster faults setup lint options schemas cases data bench large clients calibration verdicts native sanitize sanitize-native sanitize-threads sanitize-python neon avx512 clean

setup: $(STAMP) $(NATIVE)

# What running gatewise needs.
$(RUNS): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "gatewise needs Python 3.11 or newer; this is $$($(PYTHON) --version). Type: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@command -v "$${CXX:-c++}" >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null || { echo "gatewise compiles its kernels and found no C++ compiler. Install one (Debian, Ubuntu: apt install g++; macOS: xcode-select --install; Windows: in WSL), or type: make CXX=path/to/g++ $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip
	$(PIP) scikit-build-core nanobind cmake ninja
	@echo "Compiling the kernels and installing what gatewise works with: some minutes, the first time."
	$(INSTALL) -e .
	touch $@

# And what working on it needs.
$(STAMP): $(RUNS) | $(NATIVE)
	$(PIP) setuptools
	$(INSTALL) -e '.[dev]'
	touch $@

$(NATIVE): $(RUNS) $(SOURCES)
	$(INSTALL) --no-deps -e .
	touch $@

demo: $(NATIVE)
	$(BIN)/gatewise demo --budget $(BUDGET)

# docs/options.md, from the table of options.
options: setup
	$(BIN)/python -c "from pathlib import Path; from gatewise.run.manual import page; Path('docs/options.md').write_text(page(), 'utf-8')"

schemas: setup
	$(BIN)/python -c "import json; from gatewise.run.plan import Plan; from gatewise.run.verdict import Verdict; [open(f'docs/{n}.schema.json', 'w').write(json.dumps(m.model_json_schema(), indent=2) + chr(10)) for n, m in (('plan', Plan), ('verdict', Verdict))]"

LINT := $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

lint: setup
	$(LINT)

# Neighbours in a file stay together, as they share what is costly to set up. Threads that wait leave the cores to others,
# and small matrices need one. Bytecode is kept, as the tests start many processes.
test test-long: export OMP_WAIT_POLICY = passive
test test-long: export OPENBLAS_NUM_THREADS = 1
test test-long: export PYTHONDONTWRITEBYTECODE =

# The linters run beside the tests, as mypy alone would leave cores idle; what they say follows what pytest says.
test: setup
	@mkdir -p build; { $(LINT); } >build/lint.log 2>&1 & lint=$$!; trap 'kill $$lint 2>/dev/null' INT TERM; \
	$(BIN)/python -m pytest -n auto --dist worksteal; tests=$$?; \
	wait $$lint; linted=$$?; echo '$(LINT)'; cat build/lint.log; \
	test $$tests = 0 && test $$linted = 0

test-long: setup
	$(BIN)/python -m pytest -n auto --dist worksteal -m long $(ARGS)

# Ray is installed for this alone: with it gatewise and its tests need three times the space on the disk.
cluster: export OMP_WAIT_POLICY = passive
cluster: setup
	$(INSTALL) -e '.[cluster]'
	$(BIN)/python -m pytest -m long tests/experiment/test_cluster.py $(ARGS)

# Whether tests still catch forty faults that are put into a copy of the sources, one after the other: half an hour.
faults: setup
	$(BIN)/python tests/faults.py $(ARGS)

# Situations that users met elsewhere, and public data sets, from their files as they are; both lie outside of the project
# and are skipped where they are absent. `make cases ARGS='03 19'` and `make data ARGS=etth1` run some.
CASES ?= ../shared/cases

cases: setup
	@if [ -x $(CASES)/run ]; then GATEWISE=$(CURDIR)/$(BIN)/gatewise $(CASES)/run $(ARGS); else echo "skipped: there is no $(CASES)/run; name the folder of the cases with make cases CASES=FOLDER"; fi

data: export OMP_WAIT_POLICY = passive
data: setup
	$(BIN)/python tests/support/data_sets.py $(ARGS)

bench: setup
	$(INSTALL) -e '.[bench]'
	$(BIN)/python benchmarks/kernels/kernels.py $(ARGS)

# Ten million rows from the file to the verdict: seconds and memory of each stage. `make large ARGS=1000000` has fewer rows.
large: setup
	$(BIN)/python benchmarks/large.py $(ARGS)

# Strangers' programs with our layers in the place of torch's. They are installed apart from .venv, which lends them torch
# and gatewise; with ARGS=--ci only what PyTorch's module tests and ONNX's vectors need.
CLIENTS := .venv-clients
SITE_OF = $$($(1)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

clients: setup
	test -x $(CLIENTS)/bin/python || $(PYTHON) -m venv $(CLIENTS)
	echo "import site; site.addsitedir('$(call SITE_OF,$(VENV))')" >$(call SITE_OF,$(CLIENTS))/lent.pth
	$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/clients/$(if $(findstring --ci,$(ARGS)),vectors,clients).txt
	$(CLIENTS)/bin/python benchmarks/clients/clients.py $(ARGS)

# How often verdicts are wrong: simulated, and on data. Both take hours, record what is done in benchmarks/results/, which
# is committed, and go on from there, on any machine.
calibration: setup
	$(BIN)/python benchmarks/verdicts/calibration.py $(ARGS)

verdicts: setup
	for part in exhaustive default planted selves tables; do $(BIN)/python benchmarks/verdicts/verdicts.py $$part $(ARGS) || exit 1; done

# csrc/tests compares the kernels with plain loops, without Python: as they are; watched by sanitizers, which also watch
# tests/kernels; for 64-bit ARM, and for AVX-512 where the machine has none, under emulators.
COMMA := ,
define build
$(BIN)/cmake -S . -B build/$(1) -G Ninja -DCMAKE_MAKE_PROGRAM=$(CURDIR)/$(BIN)/ninja $(2) >build/$(1).log || { cat build/$(1).log; exit 1; }
$(BIN)/cmake --build build/$(1)
endef
define run_native
mkdir -p build
$(call build,$(1),-DGATEWISE_TEST=ON $(2))
$(BIN)/ctest --test-dir build/$(1) --verbose
endef

native: setup
	$(call run_native,native)

sanitize: sanitize-native sanitize-threads sanitize-python

sanitize-native: setup
	$(call run_native,$@,-DGATEWISE_SANITIZE=address$(COMMA)undefined)

sanitize-threads: export TSAN_OPTIONS = halt_on_error=1
sanitize-threads: setup
	$(call run_native,$@,-DGATEWISE_SANITIZE=thread -DGATEWISE_TEST_SETS=portable)

# Without `site` (-S) the editable install's hook does not bring in its own, unwatched extension. libstdc++ is loaded for
# the sanitizer, which looks for it before torch brings it; pytest leaves the reports alone with --capture=sys.
SITE := $(CURDIR)/build/sanitize-python/site
sanitize-python: setup
	mkdir -p build
	$(call build,$@,-DCMAKE_BUILD_TYPE=Debug -DGATEWISE_SANITIZE=address$(COMMA)undefined -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python -Dnanobind_DIR=$$($(BIN)/python -m nanobind --cmake_dir))
	rm -rf $(SITE) && $(BIN)/cmake --install build/$@ --prefix $(SITE) && cp -R src/gatewise $(SITE)
	runtime() { "$${CXX:-c++}" -print-file-name=$$1; }; \
	LD_PRELOAD="$$(runtime libasan.so) $$(runtime libstdc++.so.6)" ASAN_OPTIONS=detect_leaks=0 \
	PYTHONPATH="$(SITE):$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')" \
	$(BIN)/python -S -m pytest --capture=sys tests/kernels $(ARGS)

neon: setup
	@command -v aarch64-linux-gnu-g++ >/dev/null && command -v qemu-aarch64 >/dev/null || { echo "No compiler or no emulator for 64-bit ARM. Debian, Ubuntu: apt install g++-aarch64-linux-gnu qemu-user"; exit 1; }
	$(call run_native,$@,-DGATEWISE_TEST_SETS=neon -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ '-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64;-L;/usr/aarch64-linux-gnu')

avx512: setup
	mkdir -p build
	$(call build,$@,-DGATEWISE_TEST=ON -DCMAKE_EXE_LINKER_FLAGS=-static)
	csrc/tests/avx512.sh build/avx512/machine build/avx512/kernels_test

clean:
	rm -rf $(VENV) $(CLIENTS) build dist .pytest_cache .mypy_cache .ruff_cache
