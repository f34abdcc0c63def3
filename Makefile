# The front door. Each target drives the CMake preset of the same purpose; see CMakePresets.json.
# Works on a fresh Debian 12 with nothing but make, git and apt: what is missing is installed.

JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local
TIME ?= 600
SOURCES = find core props traces sim net tests -name '*.cpp' -o -name '*.hpp'

# $(call build,PRESET,TARGETS)
configured = cmake --preset $(1) >build/$(1).log || { cat build/$(1).log; exit 1; }
build = mkdir -p build && { $(call configured,$(1)); } && \
	cmake --build --preset $(1) -j $(JOBS) --target $(2)

.DEFAULT_GOAL := all
.PHONY: all demo test bench sanitize soak format install clean deps help

all: deps  ## Build the programs, optimised, into build/bin (the default)
	@$(call build,release,programs)

demo: all  ## Fuzz for a few seconds, draw a run, lose a leader of three real nodes
	@scripts/demo.sh

test: deps  ## Build everything and run all tests
	@$(call build,release,all)
	@ctest --preset release -j $(JOBS)

bench: deps  ## Build and run the benchmarks
	@$(call build,release,programs test_programs)
	@scripts/bench.sh

sanitize: deps  ## Run the tests under AddressSanitizer and UBSan, then under ThreadSanitizer
	@$(call build,asan,all)
	@ctest --preset asan -j $(JOBS)
	@$(call build,tsan,all)
	@ctest --preset tsan -j $(JOBS)

soak: deps all  ## Fuzz for long: TIME=600 seconds each for simulator, real nodes, fuzz targets
	@$(call build,fuzz,test_programs)
	@TIME=$(TIME) JOBS=$(JOBS) scripts/soak.sh

ifneq ($(and $(wildcard scripts/mutants.sh),$(wildcard props/mutants/*.patch)),)
.PHONY: mutants
mutants: deps  ## Plant each known bug in turn and see that a property, or a test, catches it
	@scripts/tested_mutants.sh checker history
	@scripts/tested_mutants.sh store store
	@scripts/mutants.sh
else
ABSENT = mutants
endif

format: deps  ## Lay out all sources as .clang-format says
	@$(SOURCES) | xargs -r clang-format-19 -i

install: all  ## Copy the programs to PREFIX=/usr/local
	@cmake --install build/release --prefix "$(PREFIX)"

clean:  ## Remove all that was built
	rm -rf build

deps:  ## Install the Debian packages that are missing, if any: see packages.txt
	@scripts/deps.sh

help:  ## Say what each target does
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | \
	    grep -v '^  make $(or $(ABSENT),-)' | expand -t 18
