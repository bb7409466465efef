# `make run` and `make test` do all of the set-up: see README.md.

SHELL := /bin/bash
SWIFT ?= swift
RELEASE := $(SWIFT) build -c release --static-swift-stdlib --product gatehouse
SOURCES := Package.swift Sources Tests

.PHONY: run test build release setup setup-test lint format fuzz bench soak clean help

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup:
	@.ci/setup build

setup-test:
	@.ci/setup test

run: release ## set everything up, build, and run the demo: a Logto emulator, two backends, the gateway
	@exec .build/release/gatehouse dev $(ARGS)

build: setup ## a debug build
	$(SWIFT) build

release: setup ## the release binary: .build/release/gatehouse
	@echo 'gatehouse: building the release binary (a few minutes the first time)'
	@$(RELEASE)

test: setup-test ## set everything up and run the whole suite
	$(SWIFT) build --build-tests
	$(SWIFT) test --no-parallel

lint: setup ## formatting, and the shell and Python sources
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)
	bash -n .ci/run .ci/setup
	@if command -v /usr/bin/python3 >/dev/null; then \
		for file in $$(git ls-files '*.py'); do \
			/usr/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$$file" || exit 1; \
		done; \
	fi

format: setup ## format every Swift source in place
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

SECONDS_EACH ?= 600
fuzz: setup ## feed random bytes to the parsers: make fuzz SECONDS_EACH=60
	@set -e; for target in $$(Tests/Fuzz/run --list); do Tests/Fuzz/run $$target $(SECONDS_EACH); done

bench: release ## the side-by-side bench against real peers, where it is present
	Tests/Benchmarks/run

MINUTES ?= 15
soak: release ## leave the gateway alone with clients that misbehave: make soak MINUTES=1
	Tests/Scenarios/soak.py --minutes $(MINUTES)

clean: ## remove everything that was built
	rm -rf .build .gatehouse
