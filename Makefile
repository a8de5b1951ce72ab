# Everything that this repository does for a developer; `make help` lists it. Needs nothing but Go, git and make.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Where a release is built, and for which platforms its CLI, if not for all, such as "linux/amd64 darwin/arm64".
DIST ?= dist
PLATFORMS ?=

# Modules with code of ours, those of them that have tests and run programs, and all whose go.mod is kept tidy.
LINT_MODULES := . e2e e2e/kubernetes e2e/prometheus e2e/prometheus3 e2e/selectors2019
E2E_MODULES := e2e e2e/selectors2019
TIDY_MODULES := . e2e e2e/kubernetes e2e/operator e2e/prometheus e2e/prometheus3 e2e/selectors2019 tools

# What make build builds, and -v to name each package that is compiled.
PROGRAMS ?= ./cmd/gcm-injector ./cmd/gcm-exporter ./cmd/linkerd-gcm
VERBOSE ?=

# How long each fuzz test runs, such as 1m, or how often, such as 1000x.
FUZZTIME ?= 5s

# The race detector needs a C compiler, the only thing here that does.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

CLUSTER := go -C e2e run ./cmd/cluster
# Without paths in it, what make build has compiled need not be compiled again.
DEMO := CGO_ENABLED=0 go -C e2e run -trimpath ./cmd
# Lists the files of the tests that write their golden files with -update.
GOLDEN := git grep -l -e 'Bool("update"' -e 'golden\.Compare(' --
SUITE := $(CURDIR)/e2e/suite/run.sh
TOOL := go tool -modfile=$(CURDIR)/tools/go.mod

.DEFAULT_GOAL := help

.PHONY: help
help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/gcm-injector, bin/gcm-exporter and bin/linkerd-gcm
	CGO_ENABLED=0 go build $(VERBOSE) -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/ $(PROGRAMS)

.PHONY: image
image: ## Build the image of both servers into dist/linkerd-gcm-image.tar, without Docker; PUSH=registry.example.com/linkerd-gcm pushes it there
	@go run ./internal/cmd/dist -version $(VERSION) $(if $(PUSH),-push $(PUSH),image)

.PHONY: dist
dist: ## Build what a release uploads into dist/ and look at it: CLI, image, chart, manifests, SBOMs, checksums
	@rm -rf $(DIST)
	@go run ./internal/cmd/dist -version $(VERSION) -platforms "$(PLATFORMS)" -output $(DIST)
	@DIST=$(abspath $(DIST)) VERSION=$(VERSION) PLATFORMS="$(PLATFORMS)" \
		$(SUITE) dist $(CURDIR) -count=1 -timeout 30m -run TestDistribution ./internal/release

.PHONY: notes
notes: ## Print what CHANGELOG.md says about VERSION; fails where it says nothing, or the chart installs another version
	@go run ./internal/cmd/dist -version $(VERSION) -notes

.PHONY: manifests
manifests: ## Render manifests/install.yaml and its siblings from the chart
	go test ./manifests -run TestCommittedManifests -update

.PHONY: golden
golden: ## Write every golden file: what tests compare with, tables in docs, rendered manifests
	go -C e2e/selectors2019 run . -update ../../stackdriver/testdata
	go test $$($(GOLDEN) '*_test.go' ':!e2e' | xargs dirname | sort -u | sed 's,^,./,') -update
	go -C e2e test $$($(GOLDEN) 'e2e/*_test.go' | xargs dirname | sort -u | sed 's,^e2e,.,') -timeout 30m -update

.PHONY: demo
demo: ## Show an injection from beginning to end on a real control plane, which stays up; with NODE=1 on a node, to the points in Google
	@$(DEMO)/preview
	@$(DEMO)/cluster up $(if $(NODE),--node)
	@$(DEMO)/demo $(if $(NODE),--node)

.PHONY: test
test: ## Run every test: units under the race detector, then e2e
	@red=; \
	for suite in test-unit test-e2e; do $(MAKE) --no-print-directory $$suite || red="$$red $$suite"; done; \
	if [ -n "$$red" ]; then echo "RED: failed:$$red"; exit 1; fi; \
	echo "GREEN: all tests passed"

.PHONY: test-unit
test-unit: ## Run the unit tests under the race detector
ifeq ($(RACE),)
	@echo "The race detector is off: it needs a C compiler, such as gcc."
	@[ "$$CI" != true ]
endif
	@$(SUITE) unit $(CURDIR) $(RACE) ./...

.PHONY: test-clone
test-clone: ## Run the unit tests of HEAD in a clone with nothing beside it, as somebody new has it
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	git clone --quiet . "$$folder/clone" && env -u CI $(SUITE) clone "$$folder/clone" ./...

# Making a failing or an interesting input smaller would take all the time that a fuzz test has.
.PHONY: fuzz
fuzz: ## Run every fuzz test for FUZZTIME, one after the other
	@red=; \
	for test in $$(git grep -o '^func Fuzz[[:alnum:]]*' -- '*_test.go' ':!e2e' | sed 's/:func /:/'); do \
		echo "fuzz $${test##*:}"; \
		go test ./$$(dirname $${test%%:*}) -run '^$$' -fuzz "^$${test##*:}$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x || red="$$red $${test##*:}"; \
	done; \
	if [ -n "$$red" ]; then echo "RED: failed:$$red"; exit 1; fi

.PHONY: test-e2e
test-e2e: node-build ## Run the tests on a real API server and a real node; builds them first, which takes minutes once
	@red=; \
	for module in $(E2E_MODULES); do $(SUITE) $$(basename $$module) $(CURDIR)/$$module -count=1 -timeout 30m ./... || red=1; done; \
	$(MAKE) --no-print-directory dist DIST=.cluster/dist PLATFORMS="linux/amd64 darwin/arm64 windows/amd64" || red=1; \
	[ -z "$$red" ]

.PHONY: bench
bench: ## Measure what docs/performance.md lists, and print it beside the targets; takes minutes
	@go -C e2e run ./cmd/bench

.PHONY: lint
lint: tidy-check ## Run the linters over every module of ours, and over the workflows
	@red=; \
	echo "lint .github/workflows"; $(TOOL) actionlint || red=1; \
	for module in $(LINT_MODULES); do \
		echo "lint $$module"; \
		(cd $$module && $(TOOL) golangci-lint run --allow-serial-runners --config $(CURDIR)/.golangci.yml ./...) || red=1; \
	done; \
	[ -z "$$red" ]

.PHONY: tidy-check
tidy-check: ## Fail when a go.mod or go.sum is not what go mod tidy makes of it
	@red=; \
	for module in $(TIDY_MODULES); do echo "tidy $$module"; go -C $$module mod tidy -diff || red=1; done; \
	[ -z "$$red" ]

.PHONY: cluster-build
cluster-build: ## Build etcd, kube-apiserver and kube-controller-manager; takes minutes once
	@$(CLUSTER) build

.PHONY: cluster-up
cluster-up: ## Start a control plane in the background and print its kubeconfig's path
	@$(CLUSTER) up

.PHONY: cluster-down
cluster-down: ## Stop that control plane
	@$(CLUSTER) down

.PHONY: node-packages
node-packages: ## Install the Debian packages that a node needs; as root
	@e2e/install-packages.sh busybox conntrack containerd containernetworking-plugins iproute2 iptables runc

.PHONY: test-packages
test-packages: node-packages ## Install all Debian packages that tests need, a node's and shells; as root
	@e2e/install-packages.sh curl fish zsh

.PHONY: node-build
node-build: ## Build these and, where it can run, a node and the images on it; takes a quarter of an hour once
	@$(CLUSTER) build --node

.PHONY: node-up
node-up: ## Start a node whose containers run, in the background, and print its kubeconfig's path; Linux, as root
	@$(CLUSTER) up --node

.PHONY: node-down
node-down: ## Stop that node; nothing of it stays on the machine
	@$(CLUSTER) down --node
