# Each target's sentence is what follows "##"; make alone lists them. The work is done by ./siaga112,
# because a machine that runs this project need not have make.
.DEFAULT_GOAL := help
.PHONY: help lint format test fuzz soak bench logs lock screenshots release clean up demo compose-test

help: ## List the targets
	@awk -F ': *## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lint: ## Check format, style, types, imports and dialplan
	@./siaga112 lint

format: ## Format the code and mend what can be mended by machine
	@./siaga112 format

test: ## Run the whole suite with real Asterisk and SIPp; ARGS="-k menu" is passed to pytest
	@./siaga112 test $(ARGS)

fuzz: ## Play random calls on random plans on a real Asterisk; ARGS="--cases 5000", or "--bytes" for protocols
	@./siaga112 fuzz $(ARGS)

soak: ## Mixed calls on a whole centre whose parts are killed; ARGS="--calls 10000 --seed 7"
	@./siaga112 soak $(ARGS)

bench: ## Measure, print the table and write bench.json; ARGS="--against" beside what else one would pick
	@./siaga112 bench $(ARGS)

logs: ## Record the replay tests' event logs anew from a real Asterisk; ARGS="answered english" for some
	@./siaga112 logs $(ARGS)

lock: ## Resolve requirements.lock and requirements-dev.lock anew; ARGS="--upgrade" for newer versions
	@./siaga112 lock $(ARGS)

screenshots: ## Make the pictures in docs/img of a centre with made-up calls; ARGS="board report" for some
	@./siaga112 screenshots $(ARGS)

release: ## Build wheel, source archive, bill of materials and licence list in dist/
	@./siaga112 release $(ARGS)

compose-test: ## Build the containers, start them, call, kill a node, call again (needs Docker)
	@./siaga112 compose-test $(ARGS)

clean: ## Remove caches; .runtime and var stay
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	@find . -path ./.runtime -prune -o -path ./var -prune -o -name __pycache__ -exec rm -rf {} +

up: ## Start the centre and stay up until Ctrl-C
	@./siaga112 up

demo: ## Place one real 112 call and print its timeline
	@./siaga112 demo
