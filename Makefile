# Seven targets, nothing else to learn. Each sets up what it needs (.venv, see scripts/setup).
.PHONY: run test check bench fuzz docs sbom clean
BIN = .venv/bin

SPEED = 2
run: ## the demo: a simulated plant (twice as fast as a clock; SPEED=1: as fast), a broker, the example flows, a live view; Ctrl-C ends all of it
	@scripts/setup
	@$(BIN)/flowengine demo --state .demo --speed $(SPEED)

test: ## all tests, in three processes: many tests wait, and two cores would too
	@scripts/setup test
	$(BIN)/python web/packaging/canvas.py --run test
	$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

check: ## format, lint, types, import contracts, flow files, generated files, the canvas: under a minute
	@scripts/setup test
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-cache
	$(BIN)/flowengine fmt --check flows
	$(BIN)/flowengine check flows
	$(BIN)/flowengine test flows
	$(BIN)/flowengine nodes --pages docs/nodes --check
	$(BIN)/python -m flowengine_web.typescript --check web/canvas/src/api/types.ts
	$(BIN)/python web/packaging/canvas.py --run check

bench: ## throughput, latency, start and memory against named baselines (Node-RED where npm is at hand)
	@scripts/setup
	$(BIN)/flowengine bench

fuzz: ## 20,000 random requests to the API, none answered 500, all as described; ten rounds of random examples for all properties
	@scripts/setup test
	$(BIN)/python -m tests.web.api.fuzz 20000
	for round in $$(seq 10); do \
		$(BIN)/python -m pytest -q -n 3 --timeout 900 -m hypothesis --hypothesis-profile random || exit 1; done

soak: ## kills under load, in deploys and while writing, a broker away and a slow sink for 10 minutes each, a million hostile requests to the guard, damaged stores; MINUTES=10 [SEED=n]: a mix of kills, outages, deploys and load, with Node-RED beside
	@scripts/setup test
ifdef MINUTES
	$(BIN)/python -m tests.soak.mix --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))
else
	$(BIN)/python -m tests.soak.kills --kills 200
	$(BIN)/python -m tests.soak.worker_kills --kills 6
	$(BIN)/python -m tests.soak.disturbed
	$(BIN)/python -m tests.soak.once --kills 100
	$(BIN)/python -m tests.soak.answers --kills 100
	$(BIN)/python -m tests.soak.deploys --deploys 500
	$(BIN)/python -m tests.soak.deploys --kills 50
	KILLS=200 $(BIN)/python -m pytest -q --timeout 600 tests/engine/store/test_kills_while_writing.py
	$(BIN)/python -m tests.soak.away --seconds 600 --rate 1000
	$(BIN)/python -m tests.soak.slow --minutes 10
	$(BIN)/python -m tests.engine.safety.fuzz 1000000
	$(BIN)/python -m tests.soak.hostile 1000000
	$(BIN)/python -m tests.soak.silent --trials 400 --who "held worker"
	$(BIN)/python -m tests.soak.silent --trials 400 --who "killed worker"
	$(BIN)/python -m tests.soak.silent --trials 200 --who "killed engine"
	$(BIN)/python -m tests.soak.stops --trials 10000
	$(BIN)/python -m tests.soak.guarded --minutes 10
	CORRUPTIONS=500 SEED=$$(date +%s) $(BIN)/python -m pytest -q --timeout 600 tests/engine/store/test_checkpoints.py -k every_bit
	$(BIN)/python -m pytest -q -m timed tests/engine tests/nodes tests/nodered tests/demo
	BACK_WITHIN=2 $(BIN)/python -m pytest -q tests/e2e/test_plant_faults.py
	$(BIN)/python -m tests.web.canvas.speed
	FLOWENGINE_ADVERSE=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile --timeout 900 tests/web/canvas
endif

docs: ## write what is made from the code: docs/nodes/, the table of docs/nodered.md, the canvas's types, the corpus of options that both validators judge
	@scripts/setup test
	$(BIN)/flowengine nodes --pages docs/nodes
	$(BIN)/python -m flowengine_web.typescript web/canvas/src/api/types.ts
	$(BIN)/python -m tests.web.corpus.make
	$(BIN)/python -m tests.nodered.page

sbom: ## docs/sbom.cdx.json: all components that are shipped, of Python and npm (CycloneDX)
	@scripts/setup test
	$(BIN)/python scripts/sbom.py

clean: ## remove what the other targets made
	rm -rf .venv web/canvas/node_modules web/flowengine_web/static .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
