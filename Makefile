# The commands of the README. `make` alone explains them.

SWIFT_BUILD := swift build -c release --static-swift-stdlib
CAVERN := .build/release/cavern
PREFIX ?= /usr/local
JOBS := $(shell nproc 2>/dev/null || echo 2)

.PHONY: help demo build test build-tests reliability bench lint format docs install certify set-up clean

help:
	@echo 'make demo      install what is missing, build, analyse the example acquisitions'
	@echo 'make test      install what is missing, build, run all tests'
	@echo 'make reliability  kill recorders 1,000 times, fail every call on the disk once (minutes)'
	@echo 'make bench     compare the speed with Python twins, side by side in one run'
	@echo 'make lint      check the style (swift-format, strict)'
	@echo 'make docs      build the documentation with DocC into .build/docs'
	@echo 'make certify   make Documentation/nist-strd.md anew'
	@echo 'make install   copy program, manual pages and completions below PREFIX=$(PREFIX)'

set-up:
	@Tools/set-up

build: set-up
	@echo '== building (release)'
	@$(SWIFT_BUILD) -j $(JOBS)

demo: build
	@Tools/demo $(CAVERN)

# Tests run on optimised code, but for modules that Package.swift names. A few at a time, so that those with servers and
# devices are not starved by the others; a run that hangs is ended.
TESTS := -c release -Xswiftc -enable-testing --scratch-path .build/tests
RUN_TESTS := CAVERN_TESTS=1 timeout --kill-after=10 1200 swift test --skip-build $(TESTS) --parallel \
  --experimental-maximum-parallelization-width $(shell expr 2 '*' $(JOBS))

test: build-tests
	@$(RUN_TESTS)

# What only the tests need (servers, a compiler for the board, Python packages) is not needed to build them: it is installed
# meanwhile, which is a minute less on a bare machine. What that said is shown after the build.
build-tests: set-up
	@echo '== building the tests (release), and installing beside it what only they need'
	@mkdir -p .build; Tools/set-up tests >.build/set-up-tests.log 2>&1 & others=$$!; code=0; \
	CAVERN_TESTS=1 swift build --build-tests $(TESTS) -j $(JOBS) || code=$$?; \
	wait $$others || code=$$?; cat .build/set-up-tests.log >&2; exit $$code

# The long version of the tests in NoLossTests.swift: 1,000 kills, every call on the disk failing once.
reliability: build-tests
	@CAVERN_RELIABILITY=full $(RUN_TESTS) --filter NoLossTests

bench: build
	@Tools/set-up bench
	@Tools/bench

lint:
	@swift format lint --strict --configuration .swift-format --parallel --recursive Sources Tests Benchmarks/Sources \
	  Package.swift Benchmarks/Package.swift && echo 'lint: clean'

format:
	@swift format --in-place --configuration .swift-format --parallel --recursive Sources Tests Benchmarks/Sources \
	  Package.swift Benchmarks/Package.swift

docs: set-up
	@Tools/docs

certify: set-up
	@$(SWIFT_BUILD) --product certify -j $(JOBS)
	@.build/release/certify > Documentation/nist-strd.md.new && mv Documentation/nist-strd.md.new Documentation/nist-strd.md
	@tail -n 4 Documentation/nist-strd.md

install: build
	@Tools/install $(CAVERN) '$(PREFIX)'

clean:
	@swift package clean
	@rm -rf .build/tests .build/docs
