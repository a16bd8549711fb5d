# Two commands to begin with: `make demo` and `make test`.

.PHONY: demo test python-test console-test examples reference lint docs ci dist dist-test deny typos

demo: ## Archive jobs from the embedded sandbox, and show what was done.
	cargo run --quiet --locked --package hrflow-connectors-cli -- \
		run francetravail.archive_jobs_in_hrflow --workflow-id demo --sandbox

PYTHON ?= python3
VENV = target/python/venv
BUCKET = target/python/bucket

# Stores in buckets are tested against a server of S3's interface.
test: ## Every test.
	$(PYTHON) -m venv $(BUCKET)
	$(BUCKET)/bin/pip install --quiet "moto[s3]>=5.1" flask flask-cors
	$(BUCKET)/bin/python scripts/beside_a_bucket.py cargo test --workspace --locked
	$(MAKE) --no-print-directory examples console-test python-test

# Prefect runs one of the examples; its own test server does not start with a newer FastAPI.
python-test: ## The wheel, in a virtual environment, and its tests.
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet maturin pytest mypy prefect "fastapi<0.116"
	rm -rf target/python/wheels
	cd python && ../$(VENV)/bin/maturin build --quiet --locked --profile dev --out ../target/python/wheels
	$(VENV)/bin/pip install --quiet --force-reinstall --no-deps target/python/wheels/*.whl
	cd python && ../$(VENV)/bin/python scripts/generate.py --check
	cd python && ../$(VENV)/bin/mypy
	cd python && ../$(VENV)/bin/pytest --quiet
	cd target && python/venv/bin/python -m mypy.stubtest --mypy-config-file ../python/pyproject.toml hrflow_connectors_rs

console-test: ## The console, in a real browser.
	./scripts/console_test.sh

EXAMPLES = target/python/examples

# promtool comes from Debian's package, where it can be fetched.
examples: ## The files in examples/, by the tools that would use them.
	cargo build --quiet --locked --package hrflow-connectors-cli
	$(PYTHON) -m venv $(EXAMPLES)
	$(EXAMPLES)/bin/pip install --quiet kubernetes-validate pyyaml
	$(EXAMPLES)/bin/python scripts/check_examples.py target/debug/hrflow-connectors

reference: ## Write the reference pages in docs/reference.
	UPDATE_REFERENCE=1 cargo test --package hrflow-connectors-cli --test it --locked reference::

lint: ## Format and lints.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

docs: ## Documentation, without a warning.
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

ci: lint docs test ## What the checks run.

# What follows takes long, and is no part of `ci`.

dist: ## Packages: archive, .deb, image, wheels, sources, sums, components, licences.
	$(PYTHON) scripts/dist.py

dist-test: ## Install each package in an empty place, and run it.
	$(PYTHON) scripts/check_dist.py dist

TOOLS = target/packaging
CARGO_DENY = 0.20.2
DENY = bans licenses sources

deny: ## Licences, duplicates and sources of dependencies.
	test -x $(TOOLS)/bin/cargo-deny || cargo install --quiet --locked --root $(TOOLS) cargo-deny@$(CARGO_DENY)
	$(TOOLS)/bin/cargo-deny --locked check $(DENY)

typos: ## Spelling.
	$(PYTHON) -m venv $(TOOLS)/typos
	$(TOOLS)/typos/bin/pip install --quiet typos==1.52.0
	$(TOOLS)/typos/bin/typos
