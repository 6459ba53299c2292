# The commands of this repository. Everything is installed into the checkout; data of `make run` stays in .local/.
.PHONY: help run parts test check rehearse infra bench simulate faults fuzz hazards lock mails assets package sbom trim pictures clean
.DEFAULT_GOAL := run
# Python's packages and npm's are installed side by side.
MAKEFLAGS += --jobs=2

VENV := .venv
PY := $(VENV)/bin/python
# Python compiles what is imported by itself; msgraph alone has 16,000 files that never are.
PIP := $(PY) -m pip --disable-pip-version-check install --quiet --require-hashes --no-compile

$(VENV)/made:
	@if command -v python3.13 >/dev/null 2>&1 && python3.13 -c '' 2>/dev/null; then python3.13 -m venv $(VENV); \
	elif command -v uv >/dev/null 2>&1; then uv venv --quiet --seed --python 3.13 $(VENV); \
	else echo "Python 3.13 is needed: install it with pyenv ('pyenv install 3.13') or uv, then try again." >&2; exit 1; fi
	@: > $@

$(VENV)/run-ready: $(VENV)/made requirements.txt local/requirements.txt
	@echo "Installing the Python packages of the app and the local platform (about a minute, once)"
	@$(PIP) -r requirements.txt -r local/requirements.txt
	@: > $@

$(VENV)/test-ready: $(VENV)/run-ready tests/requirements.txt
	@echo "Installing the packages of the tests"
	@$(PIP) -r tests/requirements.txt
	@: > $@

local/node_modules/ready: local/package.json local/package-lock.json
	@command -v npm >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || \
		{ echo "Node 20 or newer with npm is needed for Azurite and the inbox." >&2; exit 1; }
	@echo "Installing Azurite and the inbox (about half a minute, once)"
	@cd local && npm ci --silent --no-progress
	@: > $@

tests/kusto/node_modules/ready: tests/kusto/package.json tests/kusto/package-lock.json
	@cd tests/kusto && npm ci --silent --no-progress
	@: > $@

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

run: $(VENV)/run-ready local/node_modules/ready ## start everything on this machine; FRESH=1 with no data, which is otherwise kept in .local/
	@exec $(PY) -m local $(if $(FRESH),--fresh)

parts: $(VENV)/run-ready local/node_modules/ready ## start everything but the Functions host, for `func start` in a second window, if you have Core Tools
	@exec $(PY) -m local --without-host $(if $(FRESH),--fresh)

check: $(VENV)/test-ready ## lint, formatting, types
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/mypy

test: check local/node_modules/ready tests/kusto/node_modules/ready ## every test; ends with pytest's summary
	@$(PY) -m tests.browser
	@$(PY) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(PYTEST)

infra: $(VENV)/test-ready ## compile and lint the Bicep files, and compare what they deploy with the snapshots; UPDATE=1 writes those
	@UPDATE=$(UPDATE) $(PY) -m tests.infra

bench: $(VENV)/test-ready local/node_modules/ready ## measure, as ratios against a baseline beside it
	@$(PY) -m tests.bench

simulate: $(VENV)/test-ready ## a week of applications by the real services in virtual time; SIMULATE="--applications 5000 --mailboxes 3" for fewer
	@$(PY) -m tests.simulation $(SIMULATE)

faults: $(VENV)/test-ready ## every fault at every outside call of a whole journey, by one hand and by two, half an hour or so; make test takes a sample
	@$(PY) -m tests.faults

fuzz: $(VENV)/test-ready ## 20,000 cases of bad input on every route and every reader of a form; FUZZ=100000 for more
	@$(PY) -m tests.fuzz

hazards: $(VENV)/test-ready ## what can go wrong with each form provider, and how many tests say it does not
	@$(PY) -m pytest tests/hazards --hazards

lock: $(VENV)/made ## pin the dependencies again, with hashes
	@$(PY) -m pip --disable-pip-version-check install --quiet uv
	@for part in . local tests local/package; do $(VENV)/bin/uv pip compile --quiet --no-header --generate-hashes --universal \
		--python-version 3.13 --upgrade $$part/requirements.in -o $$part/requirements.txt; done
	@cd local && npm install --package-lock-only --silent
	@cd tests/chromium && npm install --package-lock-only --silent
	@cd tests/kusto && npm install --package-lock-only --silent

rehearse: $(VENV)/run-ready ## play a programme's whole year with invented people; PROGRAMME= (id or file), PEOPLE=, SEED=, AGAINST= (another file), PUBLISH=1
	@$(PY) -m local.rehearsal $(PROGRAMME) $(if $(PEOPLE),--people $(PEOPLE)) $(if $(SEED),--seed $(SEED)) \
		$(if $(AGAINST),--against $(AGAINST)) $(if $(PUBLISH),--publish) $(REHEARSE)

mails: $(VENV)/test-ready ## every kind of mail with sample values, as one page to look through; and how hard mails and pages are to read
	@$(PY) -m tests.reading
	@$(PY) -m local.mails

assets: $(VENV)/run-ready local/node_modules/ready ## build the pages' style, script and icons again; commit the result
	@$(PY) -m local.assets

package: $(VENV)/run-ready ## make the zip that is deployed to Azure
	@$(PY) -m local.package

sbom: $(VENV)/run-ready ## say what is in the zip, for a release: CycloneDX
	@$(PIP) -r local/package/requirements.txt
	@mkdir -p .local/package
	@$(VENV)/bin/cyclonedx-py requirements --output-reproducible --of JSON -o .local/package/sbom.json requirements.txt
	@echo "Written to .local/package/sbom.json"

trim: $(VENV)/test-ready local/node_modules/ready ## write anew which modules of msgraph are packed
	@$(PY) -m tests.package.trim

pictures: $(VENV)/test-ready local/node_modules/ready ## take the pictures of docs/pictures again
	@$(PY) -m tests.browser
	@$(PY) -m tests.diagrams
	@$(PY) -m tests.pictures

clean: ## remove what was installed and all local data
	rm -rf $(VENV) .local local/node_modules tests/chromium/node_modules tests/kusto/node_modules
