# Everything that the project is asked to do, by name. `make` alone lists it.

CARGO ?= cargo
CODEGEN = $(CARGO) run --locked --quiet --package rosterkit-codegen --

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# With the features of `make test`, so that nothing is built twice.
.PHONY: demo
demo: ## Bring the three services of an embedded sandbox in step by a sync file, and check the numbers
	@echo "Building the demo; the first time takes a few minutes."
	@$(CARGO) build --locked --quiet --workspace --all-features --example demo
	@"$${CARGO_TARGET_DIR:-target}/debug/examples/demo"

.PHONY: test
test: ## Run every test: units, contracts of all operations, sandbox, examples in the documentation
	$(CARGO) test --locked --workspace --all-features

.PHONY: faults
faults: ## Meet every kind of call with every fault, and compare with tests/faults.txt; a part of `make test`
	$(CARGO) test --locked --package rosterkit-tests --all-features --test it faults

# What `make soak` runs, by PART.
SOAKS = client, sync

.PHONY: soak
soak: ## Run the clients (PART=client), or sync with kills (PART=sync), on a faulty sandbox for long; SOAK_SEED, SOAK_MINUTES, SOAK_POINTS, SOAK_PEOPLE
	@case "$(PART)" in \
		client) $(CARGO) test --locked --package rosterkit-tests --all-features --test it -- --exact soak::long --ignored --nocapture ;; \
		sync) $(CARGO) test --locked --package rosterkit-cli --test it -- --exact sync_killed::soak --ignored --nocapture ;; \
		"") echo "make soak requires PART: expected one of: $(SOAKS)" >&2; exit 2 ;; \
		*) echo "unknown PART '$(PART)': expected one of: $(SOAKS)" >&2; exit 2 ;; \
	esac

# How long `make fuzz` runs each target, in seconds, and which: all by default.
FUZZ_SECONDS ?= 60
TARGET ?=

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZ_SECONDS (60) on changes of its corpus; TARGET=xml runs one
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(CARGO) test --locked --package rosterkit-fuzz --test it -- --test-threads 1 --nocapture $(TARGET)

.PHONY: interop
interop: ## Call every method of the official Python and JavaScript SDKs of Genesys Cloud on the sandbox, and check conformance; skipped without Python or Node.js
	@CARGO=$(CARGO) tests/interop/run.sh

.PHONY: conformance
conformance: ## Send the sandbox what Schemathesis makes of each spec; no response may be one that the spec does not allow; part of `make interop`
	@CARGO=$(CARGO) tests/interop/run.sh conformance

.PHONY: drift
drift: ## Say what changed in the newest Python SDK of Genesys Cloud since the spec was last compared; skipped without Python
	@CARGO=$(CARGO) codegen/drift.sh $(DRIFT)

.PHONY: html-check
html-check: ## Open the HTML page of a plan in headless Chromium, also with hostile names; skipped without Chromium
	@CARGO=$(CARGO) crates/sync/html-check.sh

.PHONY: check
check: fmt clippy lint stale features msrv doc ## Run every check that is not a test

.PHONY: fmt
fmt: ## Check formatting
	$(CARGO) fmt --all --check

.PHONY: clippy
clippy: ## Check with clippy, warnings as errors
	$(CARGO) clippy --locked --workspace --all-targets --all-features -- -D warnings

.PHONY: lint
lint: ## Check the specs against the house rules
	$(CODEGEN) lint

.PHONY: stale
stale: ## Check that the generated files are what the specs give
	$(CODEGEN) check

.PHONY: features
features: ## Check that each client builds with its default features alone, and the LMS client with each of its own
	$(CARGO) clippy --locked --package rosterkit-core --package genesys-users --package peoplefluent-lms --package session-clusters --lib -- -D warnings
	for features in "" xml bulk feeds files; do \
		$(CARGO) clippy --locked --quiet --package peoplefluent-lms --lib --no-default-features --features "$$features" -- -D warnings || exit 1; \
	done

# The oldest supported toolchains, as Cargo.toml and crates/cli/Cargo.toml state them.
MSRV_LIBRARIES := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
MSRV_PROGRAMS := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' crates/cli/Cargo.toml)
LIBRARIES = rosterkit-core genesys-users peoplefluent-lms session-clusters rosterkit-sandbox rosterkit-codegen
PROGRAMS = rosterkit-cli

define check_with
	@if rustup toolchain list 2>/dev/null | grep -q '^$(1)[.-]'; then \
		$(CARGO) +$(1) check --locked --all-features $(addprefix --package ,$(2)); \
	else \
		echo "skipped: Rust $(1) for $(2); to check, run 'rustup toolchain install $(1)'"; \
	fi
endef

.PHONY: msrv
msrv: ## Check with the oldest supported toolchains, where rustup has them
	$(call check_with,$(MSRV_LIBRARIES),$(LIBRARIES))
	$(call check_with,$(MSRV_PROGRAMS),$(PROGRAMS))

.PHONY: deny
deny: ## Check licences, duplicates and sources of dependencies, and advisories where their database can be reached; skipped without cargo-deny
	@if ! $(CARGO) deny --version >/dev/null 2>&1; then \
		echo "skipped: dependencies; to check, run 'cargo install --locked cargo-deny'"; \
	else \
		$(CARGO) deny --locked check bans licenses sources || exit 1; \
		if $(CARGO) deny fetch db >/dev/null 2>&1; then \
			$(CARGO) deny --locked check --disable-fetch advisories; \
		else \
			echo "skipped: advisories; their database cannot be reached"; \
		fi; \
	fi

.PHONY: unused
unused: ## Check that every dependency is used; skipped without cargo-shear
	@if $(CARGO) shear --version >/dev/null 2>&1; then \
		$(CARGO) shear --locked; \
	else \
		echo "skipped: unused dependencies; to check, run 'cargo install --locked cargo-shear'"; \
	fi

.PHONY: doc
doc: ## Build the documentation, warnings as errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --all-features

.PHONY: bench
bench: ## Measure what rosterkit costs beside the shortest way; BENCH="xml csv": parts, --quick: each once, --write: into BENCHMARKS.md
	$(CARGO) bench --locked --package rosterkit-benches --bench ratios -- $(BENCH)

.PHONY: bench-peers
bench-peers: ## List the same people with the official SDKs of Genesys Cloud; an SDK without its language is left out; BENCH=--write
	@CARGO=$(CARGO) crates/benches/peers.sh $(BENCH)

.PHONY: generate
generate: ## Write what follows from the specs
	$(CODEGEN) generate

.PHONY: release
release: ## Build the command line for use and print its size
	@$(CARGO) build --locked --release --package rosterkit-cli
	@file="$${CARGO_TARGET_DIR:-target}/release/rosterkit"; \
		bytes=$$(wc -c < "$$file"); echo "$$file: $$bytes bytes ($$((bytes / 1048576)) MiB)"

.PHONY: guide
guide: ## Build the guide of docs/ into target/guide; skipped without mdbook
	@folder="$${CARGO_TARGET_DIR:-target}/guide"; \
		if mdbook --version >/dev/null 2>&1; then \
			mkdir -p "$$folder" && mdbook build docs --dest-dir "$$(cd "$$folder" && pwd)"; \
		else \
			echo "skipped: the guide; to build it, run 'cargo install mdbook'"; \
		fi

.PHONY: package
package: ## Build tarball, Debian package, wheel, SBOM and sums into target/packages; skips what needs a tool that is missing
	@CARGO=$(CARGO) packaging/package.sh

.PHONY: package-check
package-check: ## Check what would be published of the crates, and install and run each package; VERIFY=1 compiles the crates
	@CARGO=$(CARGO) packaging/check.sh

.PHONY: semver-check
semver-check: ## Compare the public items with those of the newest tag, or of BASE; skipped without cargo-semver-checks
	@base="$(BASE)"; [ -n "$$base" ] || base=$$(git describe --tags --abbrev=0 2>/dev/null); \
		if ! $(CARGO) semver-checks --version >/dev/null 2>&1; then \
			echo "skipped: semver-check; to run it, run 'cargo install cargo-semver-checks'"; \
		elif [ -z "$$base" ]; then \
			echo "skipped: semver-check: there is no tag to compare with; BASE=REVISION names a revision"; \
		else \
			$(CARGO) semver-checks --workspace --all-features --baseline-rev "$$base"; \
		fi
