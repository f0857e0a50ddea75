# Two commands are enough on a fresh machine: make demo, make test.

SWIFT_FLAGS :=
ifeq ($(shell uname), Darwin)
  # Homebrew's libraries are not on the default paths.
  SWIFT_FLAGS := -Xcc -I$(shell brew --prefix)/include -Xlinker -L$(shell brew --prefix)/lib
endif
export SWIFT_FLAGS
SOURCES := Sources Tests Package.swift Benchmarks/Benchmarks Benchmarks/Package.swift
EXAMPLES := t1-1 t1-2 t1-3 t2 t3 t4
# The failing example that README.md shows as a picture.
PICTURED := failing-crossed-reads-both-0

SOAK_SEEDS := 1..20000
SOAK_SECONDS := 180
SOAK_SEED := 1
SIZES := 10000 100000

.PHONY: help demo test gate soak soak-simulated soak-cluster bench benchmarks limits lint format examples bench-cluster deps clean

help: ## List what can be made.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: deps ## Run four servers and their clients, record what the clients saw, and judge it.
	swift build $(SWIFT_FLAGS)
	swift run $(SWIFT_FLAGS) --skip-build kvrun test/t3.json --record
	swift run $(SWIFT_FLAGS) --skip-build kvcheck histories/run.jsonl --model sequential
	@echo
	@echo "The history is in histories/run.jsonl. Open checker-reports/run.html in a browser to look at the report."

test: deps ## Run all tests.
	swift test $(SWIFT_FLAGS) --quiet

gate: deps ## Run every configuration, check each at its level, and confirm that the failing examples fail.
	.ci/gate

bench: deps ## Measure what reading and checking cost: make bench, or BENCH="--filter 'read.*'" make bench for some of it.
	swift package --package-path Benchmarks $(SWIFT_FLAGS) benchmark --target Histories --grouping metric --no-progress $(BENCH)

benchmarks: deps ## Check that the benchmarks compile.
	swift build --package-path Benchmarks $(SWIFT_FLAGS)

limits: deps ## Measure how well kvcheck keeps its limits (SIZES="10000 100000 1000000").
	swift build -c release $(SWIFT_FLAGS) --scratch-path .build-release --product kvcheck
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && Benchmarks/limits .build-release/release/kvcheck "$$folder" $(SIZES)

soak: soak-simulated soak-cluster ## Run simulated and real clusters under faults for a long time, and judge every run.

soak-simulated: deps ## Simulate thousands of faulty runs at each level (SOAK_SEEDS=1..20000) and judge every one.
	swift build $(SWIFT_FLAGS) -c release --scratch-path .build-release --product kvsim
	worst=0; for level in linearizable sequential eventual; do \
	  .build-release/release/kvsim test/t2.json --level $$level --seeds $(SOAK_SEEDS) || worst=$$?; \
	done; exit $$worst

soak-cluster: deps ## Run real clusters under random faults, SOAK_SECONDS=180 a level, from SOAK_SEED=1 on.
	swift build $(SWIFT_FLAGS) -c release --scratch-path .build-release --product kvrun
	.ci/soak .build-release/release/kvrun --seconds $(SOAK_SECONDS) --seed $(SOAK_SEED)

lint: ## Check the formatting of the sources.
	swift format lint --strict --recursive $(SOURCES)

format: ## Format the sources.
	swift format --in-place --recursive $(SOURCES)

examples: deps ## Record the examples anew, with their reports and what README.md quotes and shows of them.
	swift build $(SWIFT_FLAGS)
	for name in $(EXAMPLES); do \
	  swift run $(SWIFT_FLAGS) --skip-build kvrun test/$$name.json --record histories/$$name.jsonl --quiet --seed 1 || exit; \
	done
	swift run $(SWIFT_FLAGS) --skip-build kvcheck --quiet $(EXAMPLES:%=histories/%.jsonl)
	-swift run $(SWIFT_FLAGS) --skip-build kvcheck --quiet histories/failing-*.jsonl
	-swift run $(SWIFT_FLAGS) --skip-build kvcheck --quiet histories/$(PICTURED).jsonl --report svg --report-dir docs/images --counterexample-dir checker-reports
	rm -f docs/images/$(PICTURED).lattice.svg
	swift run $(SWIFT_FLAGS) --skip-build kvrun compare test/t1-1.json test/t1-2.json test/t1-3.json --repeat 50 --seed 1 \
	  --report svg --report-dir docs/images
	UPDATE_DOCS=1 swift test $(SWIFT_FLAGS) --quiet --filter ReadmeTests

# QUICK=--quick takes less than a minute.
bench-cluster: deps ## Measure every level under load beside bare echoes, for docs/performance.md (QUICK=--quick: a first look).
	swift build -c release $(SWIFT_FLAGS) --scratch-path .build-release --product kvbench
	.build-release/release/kvbench cluster \
	  $(if $(QUICK),$(QUICK),--document docs/performance.md --charts docs/images)

deps:
	@.ci/install libzmq zlib cadical

clean: ## Remove what was built.
	rm -rf .build .build-release Benchmarks/.build
