# Two commands to begin with: `make demo` and `make test`.

.PHONY: demo test lint docs ci

demo: ## Archive jobs from the embedded sandbox, and show what was done.
	cargo run --quiet --release --package hrflow-connectors-cli -- \
		run francetravail.archive_jobs_in_hrflow --workflow-id demo --sandbox

test: ## Every test.
	cargo test --workspace --locked

lint: ## Format and lints.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

docs: ## Documentation, without a warning.
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

ci: lint docs test ## What the checks run.
