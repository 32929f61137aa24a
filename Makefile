# Everything that is done with this repository by hand. `make test` and `make run` need Go and a C compiler, nothing else.

SECONDS ?= 10
INPUTS ?= 20000

# The race detector is on for tests: rows, money and pools are shared. RACE= turns it off where it cannot run.
RACE ?= -race

# Every statement of these is run by their own tests: they decide about other people's money.
COVERED = ./internal/policy ./internal/refund ./internal/calendar ./internal/money ./internal/fault ./internal/lifecycle

# What `make generate` writes, and what it reads its versions from.
GENERATED = ent graph go.mod go.sum

# PostgreSQL's programs, where they are installed (Debian: postgresql). Tests start servers of their own from them.
POSTGRES := $(shell command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -1)

# The packages whose tests run on either database.
BOTH = ./ent/rule ./internal/guests ./internal/store ./internal/orders ./internal/terms ./internal/returns ./internal/customers ./internal/reports ./graph

# The server as it is shipped. No path of this machine, nothing of the repository's state and nothing for a debugger is in
# it, so the same source, Go and C compiler make the same bytes.
BIN ?= bin/server
BUILD = go build -trimpath -buildvcs=false -ldflags '-s -w'

# What tells of the binary's parts, and what it is told: the page's files, a copy of Go's database of vulnerabilities.
SUPPLY = go run ./internal/supply
ASSETS = internal/playground/assets

.PHONY: help run test build rootfs reproducible vulnerabilities licences sbom generate migration verify lint cover bench fuzz bombs soak schema

help: ## list what make can do
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 17

run: ## start the server with the demo shop: http://127.0.0.1:8080 (ADDR=host:port, ARGS="--now …")
	go run ./server serve --demo $(ARGS)

# The server's tests wait for processes more than they compute, and take the longest: they begin first, beside all others.
test: ## run every test, and tell which this machine cannot run
	@list=$$(mktemp) bad=0; export LEFT_OUT="$$list"; \
	go test $(RACE) -timeout 20m ./server ./... || bad=1; \
	test -z "$(POSTGRES)" || TEST_DATABASE=postgres go test $(RACE) -timeout 20m $(BOTH) || bad=1; \
	sort -u "$$list"; rm "$$list"; exit $$bad

build: ## build bin/server
	$(BUILD) -o $(BIN) ./server

rootfs: build ## lay out in ROOT=folder what a container needs: the server, its C library, the certificates that it trusts
	@test -n "$(ROOT)" || { echo "ROOT=folder is missing"; exit 2; }
	@mkdir -p "$(ROOT)" && cp $(BIN) "$(ROOT)/server" && \
	for file in $$(ldd $(BIN) | grep -o '/[^ ]*') /etc/ssl/certs/ca-certificates.crt; do cp --parents -L "$$file" "$(ROOT)" || exit 1; done

reproducible: build ## build once more, elsewhere and from nothing, and fail where the bytes differ
	@other=$$(mktemp -d) modules=$$(go env GOMODCACHE)/cache/download && trap 'rm -rf "$$other"' EXIT && \
	cp -R ent graph internal server go.mod go.sum "$$other" && cd "$$other" && \
	GOCACHE="$$other/cache" GOMODCACHE="$$other/modules" GOPROXY="file://$$modules" GOSUMDB=off GOFLAGS=-modcacherw \
	$(BUILD) -o again ./server 2>"$$other/log" || { cat "$$other/log"; exit 1; }; \
	cd "$(CURDIR)" && sha256sum $(BIN) && cmp $(BIN) "$$other/again"

vulnerabilities: build bin/govulncheck ## hold bin/server against the known vulnerabilities (GOVULNDB=URL, REQUIRE_VULNDB=1)
	@$(SUPPLY) vulnerabilities --checker bin/govulncheck --copy .tools/vulndb $(BIN)

licences: build bin/govulncheck ## list in bin/licences.csv under what everything in bin/server is, and fail where that is not allowed
	@GOROOT=$$(go env GOROOT) bin/go-licenses csv ./server --ignore github.com/vysero/returns >bin/modules.csv 2>bin/modules.log || \
	{ tail -20 bin/modules.log; exit 1; }
	@$(SUPPLY) licences --modules bin/modules.csv --assets $(ASSETS) --list bin/licences.csv $(BIN)

sbom: licences ## write bin/server.cdx.json, the bill of materials of bin/server, in CycloneDX's form
	@bin/cyclonedx-gomod bin -json -noserial -notimestamp -output bin/draft.cdx.json $(BIN) 2>bin/draft.log || { cat bin/draft.log; exit 1; }
	@$(SUPPLY) bom --draft bin/draft.cdx.json --modules bin/modules.csv --assets $(ASSETS) \
	--schemas "$$(go list -m -f '{{.Dir}}' github.com/CycloneDX/cyclonedx-go)/schema" --bom bin/server.cdx.json $(BIN)

# The other two tools come with it.
bin/govulncheck: .tools/supply/go.mod .tools/supply/go.sum
	cd .tools/supply && GOBIN="$(CURDIR)/bin" go install tool

generate: ## write ent and graph anew from their schemas
	go generate ./ent
	go tool gqlgen generate

migration: ## write the migration that ent/schema asks for, NAME=what_it_does
	go run internal/store/migrations/diff.go $(NAME)

verify: ## fail where generated code, migrations, go.mod or formatting is not as the tools leave it
	@old=$$(mktemp -d) && trap 'rm -rf "$$old"' EXIT && cp -R $(GENERATED) "$$old" && $(MAKE) generate && \
	for path in $(GENERATED); do diff -ru "$$old/$$path" $$path || bad=1; done; \
	test -z "$$bad" || { echo "Generated files differ: commit what make generate writes."; exit 1; }
	go run internal/store/migrations/diff.go -check
	go mod tidy -diff
	@unformatted=$$(gofmt -l ent graph internal server) && test -z "$$unformatted" || { echo "Not as gofmt writes it: $$unformatted"; exit 1; }

lint: bin/golangci-lint ## look for defects; .golangci.yml says which linters are off and why
	bin/golangci-lint run ./...

bin/golangci-lint: .tools/go.mod .tools/go.sum
	cd .tools && go build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

cover: ## fail where a statement of the packages that decide is run by no test
	@mkdir -p bin
	go test -coverprofile=bin/cover.out $(COVERED)
	@awk 'NR > 1 && $$NF == 0 { print "no test runs " $$1; bad = 1 } END { exit bad || NR < 2 }' bin/cover.out

bench: ## measure the policy, the money and the simulation of terms, with allocations
	go test -run '^$$' -bench . -benchmem ./internal/policy ./internal/refund ./internal/terms

# Inputs are counted and not timed: where the time ends between two of the fuzzer's steps, Go calls that a failure. A new
# input is not made smaller. Each package is linked once for all of its targets, and begins with the inputs in its source.
fuzz: ## look for input that breaks a parser, INPUTS=20000 for each; what breaks one is printed
	@mkdir -p bin; new=$$(mktemp -d) built= targets=0 inputs=0 begun=$$(date +%s); trap 'rm -rf "$$new"' EXIT; \
	for found in $$(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' graph internal server | \
		sed -E 's,/[^/]*:func ,:,' | LC_ALL=C sort); do \
		folder=$${found%%:*} name=$${found##*:}; \
		test "$$built" = "$$folder" || go test -c -fuzz . -o "$$new/test" "./$$folder" || exit 1; \
		built=$$folder; \
		(cd "$$folder" && "$$new/test" -test.run '^$$' -test.fuzz "^$$name\$$" -test.fuzztime $(INPUTS)x -test.fuzzminimizetime 1x \
			-test.fuzzcachedir "$$new/$$found") >bin/fuzz.log 2>&1 || { \
			cat bin/fuzz.log; \
			sed -n 's/.*Failing input written to //p' bin/fuzz.log | while read -r input; do echo "== $$folder/$$input"; cat "$$folder/$$input"; done; \
			exit 1; \
		}; \
		known=$$(sed -n 's/.* coverage: 0\/\([0-9]*\) completed.*/\1/p' bin/fuzz.log | head -1); \
		tried=$$(($$(sed -n 's/.* execs: \([0-9]*\) .*/\1/p' bin/fuzz.log | tail -1) - known)); \
		test $$tried -gt 0 || { cat bin/fuzz.log; echo "$$folder $$name: known inputs were tried and nothing new"; exit 1; }; \
		targets=$$((targets + 1)) inputs=$$((inputs + tried)); printf '%10d  %s %s\n' "$$tried" "$$folder" "$$name"; \
	done; \
	test $$targets -gt 0 && echo "$$inputs inputs were tried on $$targets targets in $$(($$(date +%s) - begun)) s, and none broke one"

bombs: ## throw bombs of every kind at a server while others are served, and tell what each took
	@go test -count=1 -timeout 0 -v -run '^TestNoBombTakesTheServerDown$$' ./server -args -bomb-rounds 20 | grep -v '^=== '

soak: ## kill servers under load for SECONDS, on SQLite or on DATABASE_URL, and hold the books against the bank's
	@mkdir -p bin && rm -f bin/soak.txt
	@go test -count=1 -timeout 0 -run '^TestSoak$$' ./server -args -soak $(SECONDS) -soak-report "$(CURDIR)/bin/soak.txt" >bin/soak.log 2>&1; \
	status=$$?; test -s bin/soak.txt || tail -40 bin/soak.log; cat bin/soak.txt 2>/dev/null; exit $$status

schema: ## print the whole GraphQL schema as one file
	@go run ./server schema
