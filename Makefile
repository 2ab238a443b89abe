# `make` lists the targets. Everything that a fresh Debian 12 with Swift needs is installed by `make setup`,
# which demo, build, test and check call.

SHELL := /bin/bash
SWIFT ?= swift
# What the processor has, for the engine's own loops (OpenBLAS picks its kernels by itself).
FLAGS := -c release -Xcc -march=native
BUILD := $(SWIFT) build $(FLAGS)
# Tests see internal declarations, so they are built apart.
TEST_FLAGS := $(FLAGS) -Xswiftc -enable-testing --scratch-path .build/tests
VAE := .build/release/vae

PACKAGES := libopenblas-dev liblapacke-dev zlib1g-dev libpng-dev libturbojpeg0-dev pkg-config dataset-fashion-mnist
GATE_PACKAGES := valgrind
MANUAL_PACKAGES := python3 groff-base
PREFIX ?= /usr/local
# Seconds for each reader of `make fuzz`.
SECONDS := 600
KILLS := 200

.PHONY: help setup build demo reproduce install manual-check test verify verify-quick check lint format docs clean
.PHONY: api-check examples fuzz fuzz-merge kill-test kill-test-quick
.PHONY: bench bench-json bench-peers bench-results bench-check bench-baseline
# The gate's times want no build beside them.
.NOTPARALLEL:

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Installs the Debian packages that are missing
	@Scripts/setup $(PACKAGES)

build: setup ## Builds the command for this processor
	@$(BUILD) --product vae

demo: build ## Trains on Fashion-MNIST and draws pictures into runs/fashion
	@Scripts/demo $(VAE) runs/fashion

reproduce: build ## Trains two models of a published table and compares their likelihoods (under an hour)
	@Scripts/reproduce $(VAE) runs/reproduction

install: build ## Installs the command, its manual page and its completions below PREFIX (/usr/local)
	@Scripts/setup $(MANUAL_PACKAGES)
	@Scripts/install $(VAE) "$(PREFIX)"

manual-check: build ## Checks that the manual page renders and the completions are scripts
	@Scripts/setup $(MANUAL_PACKAGES)
	@Scripts/manual-check $(VAE)

test: setup ## Runs all tests
	@$(SWIFT) build --build-tests $(TEST_FLAGS)
	@Scripts/test $(SWIFT) test --skip-build $(TEST_FLAGS)

verify: build ## Compares the engine with exact answers on this machine, on Fashion-MNIST (minutes)
	@$(VAE) verify --data fashion-mnist

verify-quick: build ## The same on a small table, in half a minute
	@Scripts/setup python3
	@Scripts/correlated-table .build/table.npy
	@$(VAE) verify --quick --data .build/table.npy

lint: ## Checks the format of all Swift files
	@$(SWIFT) format lint --strict --recursive --parallel Sources Tests Benchmarks Examples Fuzzing Package.swift

format: ## Formats all Swift files
	@$(SWIFT) format --in-place --recursive --parallel Sources Tests Benchmarks Examples Fuzzing Package.swift

examples: setup ## Builds and runs the programs in Examples/
	@Scripts/examples

fuzz: setup ## Feeds every reader with hostile input, SECONDS=600 each (docs/ROBUSTNESS.md)
	@SECONDS_EACH=$(SECONDS) Scripts/fuzz

fuzz-merge: setup ## Rewrites Fuzzing/Corpus from what fuzzing has found
	@Scripts/fuzz merge

kill-test: build ## Kills training KILLS=200 times and compares what it ends in with an unbroken run
	@Scripts/setup python3
	@Scripts/kill-test --kills $(KILLS) $(VAE)

kill-test-quick: build
	@Scripts/setup python3
	@Scripts/kill-test --kills 10 $(VAE)

docs: setup ## Builds the documentation of the public modules into .build/docs
	@Scripts/docs

# The revision whose public interface is compared with.
BASE := HEAD
api-check: setup ## Names what of the public interface a change breaks, against BASE=REVISION
	@$(SWIFT) package diagnose-api-breaking-changes $(BASE) --products Variational Kernels Networks Pictures

check: export VAE_STRICT = 1
check: setup lint build test manual-check verify-quick kill-test-quick examples docs bench-check ## What CI runs: format, warnings as errors, tests, manual page, exact checks, kills, examples, documentation, throughput

bench: setup ## Runs the benchmarks (minutes; see Benchmarks/README.md)
	@Scripts/bench

bench-json: setup ## Times the three workloads: one JSON line each
	@Scripts/bench json

bench-peers: setup ## Compares with PyTorch, Keras and JAX, installed below Benchmarks/ (half an hour)
	@Scripts/bench peers

bench-results: setup ## Runs all of these and rewrites Benchmarks/RESULTS.md (three quarters of an hour)
	@Scripts/bench all

bench-check: setup ## Fails if the engine became slower or a training step allocates
	@Scripts/setup $(GATE_PACKAGES)
	@Scripts/bench-check check

bench-baseline: setup ## Writes the figures that bench-check compares with (commit Benchmarks/Baselines)
	@Scripts/setup $(GATE_PACKAGES)
	@Scripts/bench-check baseline

clean: ## Removes what was built; runs/ stays
	rm -rf .build Benchmarks/.build Benchmarks/.venv-* Examples/.build Fuzzing/.build
