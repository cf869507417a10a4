# make demo    see it work: four nodes, one story, under a minute; STORY=pay tells another
# make test    every check and test
# make soak    look for faults at length, by simulation, fuzzing and attacks: HOURS=8 or SECONDS=600
# make chaos   break real nodes, and check what they promised: a quarter of an hour, as root
# make bench   measure it on this machine
# make lint    only the checks that run nothing
# make picture draw docs/demo.svg anew, from a demo that is told now
# make pages   write the page of each document type anew, from its contract, schema and cases
# make clean   remove what these made

VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# The newest Python that cocket supports, is here, and can make virtual environments.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$python && break; done)

.PHONY: pages demo test soak chaos bench lint picture clean constraints
.DELETE_ON_ERROR:

demo: $(INSTALLED)
	@$(BIN)/cocket demo $(if $(STORY),--story $(STORY))

test: lint
	$(BIN)/python -m pytest -n 2 --maxschedchunk 1

bench: $(INSTALLED)
	$(BIN)/python -m bench --write

HOURS ?= 8
SECONDS ?= $(shell expr $(HOURS) '*' 3600)

# Seeds that nobody has tried, fuzzing, attacks on real nodes, and from four hours on 10,000 documents
# at once, 20 kills under load and ten idle minutes. A line for each with all that was found.
soak: $(INSTALLED)
	$(BIN)/python -m tests.soak --seconds $(SECONDS)

pages: $(INSTALLED)
	$(BIN)/cocket contract pages cocket/contracts/standard --into docs/documents
	$(BIN)/python -m tests.node.trade

# Real nodes in namespaces of their own, every fault of tests/chaos; draws docs/reliability-chaos.svg.
chaos: $(INSTALLED)
	$(BIN)/python -m tests.chaos --write

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

picture: $(INSTALLED)
	$(BIN)/python -m cocket.demo.picture docs/demo.svg

# Exactly the versions, by hash, that constraints.txt names; the stamp comes last, so that an
# installation that was interrupted is begun again.
$(INSTALLED): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "cocket needs Python 3.11 or newer with venv" \
		"(Debian, Ubuntu: apt install python3 python3-venv)" >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r constraints.txt
	$(BIN)/python -m pip install -qq --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check --quiet --disable-pip-version-check
	touch $@

# After a change of the dependencies in pyproject.toml. The oldest Python needs the most.
constraints: $(INSTALLED)
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --extra dev \
		--no-header --no-annotate --no-emit-index-url --no-emit-trusted-host \
		--no-emit-find-links --output-file constraints.txt pyproject.toml

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
