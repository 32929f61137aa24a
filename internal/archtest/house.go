package archtest

// Row is one package of the house: its floor, whom it may use on its own floor, and why it stands where it stands.
type Row struct {
	Package string   // folder from the root; "ent/*" is every wholly generated package below ent
	Floor   int      // it may import what stands on lower floors, except drivers and test packages
	May     []string // packages of its own floor that it may import as well
	Only    []string // where not nil: it may import these packages of ours and nothing else, whatever their floor
	Driver  bool     // the outside world behind a port: imported where the program is put together, nowhere else
	Tests   bool     // for tests: imported from _test.go files and other test packages only, and may import anything
	Why     string
}

// Fence keeps a library in the packages that it is for.
type Fence struct {
	Library string // import path; packages below it are meant too
	In      []string
	Why     string
}

// Plan is the house as it is meant to be.
type Plan struct {
	Rows   []Row
	Fences []Fence
	Top    []string // every name that the top folder holds, dot files aside
}

// House is the plan of this repository. A new package needs a row here, and so a reason.
func House() Plan {
	var rows []Row
	for _, floor := range [][]Row{values(), records(), ports(), useCases(), border(), process(), proof()} {
		rows = append(rows, floor...)
	}
	return Plan{
		Rows:   rows,
		Fences: append(fences(), outside()...),
		Top: []string{
			"LICENSE", "Makefile", "README.md", "ent", "go.mod", "go.sum", "gqlgen.yml", "graph", "internal", "server",
		},
	}
}

// fences keep each vendor's library in the room that speaks for it: those of data and money.
func fences() []Fence {
	return []Fence{{
		Library: "github.com/mattn/go-sqlite3",
		In:      []string{"internal/store", "internal/store/migrations", "internal/payment/sandbox", "internal/supply"},
		Why:     "one place knows which database the records are in; the sandbox keeps books of its own, and the list of parts asks its version",
	}, {
		Library: "github.com/jackc/pgx/v5",
		In:      []string{"internal/store", "internal/store/migrations", "internal/jobs", "internal/store/pgtest", "internal/throttle/postgres"},
		Why:     "as SQLite",
	}, {
		Library: "github.com/riverqueue/river",
		In:      []string{"internal/store", "internal/jobs"},
		Why:     "use cases add jobs of their own words; which queue keeps them is one room's affair",
	}, {
		Library: "github.com/stripe/stripe-go/v85",
		In:      []string{"internal/payment/stripe"},
		Why:     "the port speaks of money, its driver of Stripe",
	}}
}

// outside keeps libraries that speak with others' services, and those of tests, where they belong.
func outside() []Fence {
	return []Fence{{
		Library: "github.com/coreos/go-oidc/v3",
		In:      []string{"internal/auth/oidc"},
		Why:     "a token says who somebody is; how it was signed is told to nobody else",
	}, {
		Library: "github.com/go-jose/go-jose/v4",
		In:      []string{"internal/auth/oidc", "internal/auth/oidc/oidctest"},
		Why:     "as go-oidc, which stands on it",
	}, {
		Library: "github.com/zitadel/oidc/v3",
		In:      []string{"internal/auth/oidc/oidctest"},
		Why:     "a provider is what tests sign in with; this program is none",
	}, {
		Library: "github.com/wneessen/go-mail",
		In:      []string{"internal/notify", "internal/notify/smtp", "internal/notify/sandbox"},
		Why:     "everybody else asks for a mail to be sent, and knows nothing of headers and encodings",
	}, {
		Library: "github.com/emersion/go-smtp",
		In:      []string{"internal/notify/smtp/smtptest"},
		Why:     "the program sends mail; only tests take it",
	}, {
		Library: "github.com/minio/minio-go/v7",
		In:      []string{"internal/photo/s3", "internal/photo/s3/s3test"},
		Why:     "the port speaks of photos, its driver of buckets",
	}, {
		Library: "github.com/bep/imagemeta",
		In:      []string{"internal/photo"},
		Why:     "it reads what strangers wrote, for the one note that is needed",
	}, {
		Library: "github.com/nicksnyder/go-i18n/v2",
		In:      []string{"internal/explain"},
		Why:     "everybody else asks for sentences, not for messages",
	}, {
		Library: "github.com/CycloneDX/cyclonedx-go",
		In:      []string{"internal/supply"},
		Why:     "the server is told of in a bill of materials, and knows none",
	}, {
		Library: "github.com/stretchr/testify",
		In: []string{
			"internal/apptest", "internal/payment/paymenttest", "internal/label/labeltest", "internal/photo/phototest", "internal/auth/oidc/oidctest",
			"internal/notify/notifytest", "internal/notify/smtp/smtptest", "internal/throttle/throttletest", "internal/photo/s3/s3test",
		},
		Why: "assertions belong to tests and to the suites that tests call",
	}}
}

// values is floor 0: values and pure functions.
func values() []Row {
	return []Row{
		{Package: "internal/money", May: []string{"internal/fault"}, Why: "an amount and its currency, the smallest word of all"},
		{Package: "internal/calendar", Why: "business days and zones know nothing of returns"},
		{Package: "internal/fault", Why: "every room speaks of errors, so it stands below all of them"},
		{
			Package: "internal/policy", May: []string{"internal/calendar", "internal/money"},
			Why: "the terms and the verdict: dates and amounts, nothing of records or of the API",
		},
		{
			Package: "internal/refund", May: []string{"internal/policy", "internal/money", "internal/fault"},
			Why: "counts the money that a verdict's fees leave",
		},
		{
			Package: "internal/explain", May: []string{"internal/lifecycle", "internal/policy"},
			Why: "tells a verdict to a customer in words: the same verdict, the same words; what it needs of files is embedded or handed in",
		},
		{Package: "internal/lifecycle", May: []string{"internal/fault"}, Why: "one table of states and actions"},
		{Package: "internal/auth", May: []string{"internal/fault"}, Why: "who asks and what they may do"},
	}
}

// records is floor 1: the rows and the database.
func records() []Row {
	return []Row{
		{Package: "ent", Floor: 1, May: []string{"ent/*", "ent/schema"}, Why: "the generated client of the records, with the defaults that the schema sets"},
		{Package: "ent/*", Floor: 1, May: []string{"ent", "ent/*", "ent/schema"}, Why: "generated; its runtime ties the schema in"},
		{Package: "ent/schema", Floor: 1, May: []string{"ent", "ent/*", "ent/rule"}, Why: "one record a file, with the rule that scopes it"},
		{Package: "ent/rule", Floor: 1, May: []string{"ent", "ent/*"}, Why: "which rows a principal may see"},
		{
			Package: "internal/store", Floor: 1, May: []string{"ent", "ent/*", "ent/rule"},
			Why: "opens, migrates, routes and lets use cases write; the records know nothing of it",
		},
		{
			Package: "internal/jobs", Floor: 1, May: []string{"internal/store"},
			Why: "work that outlives a process, added in the transaction of the rows that it is about",
		},
		{
			Package: "internal/chain", Floor: 1, May: []string{"ent", "ent/*"},
			Why: "what ties one event to the next, and a return's rows to its events: digests, which all who write events share",
		},
		{Package: "internal/crash", Floor: 1, Why: "the points at which a test may end the process; nothing in a program that is shipped"},
		{
			Package: "internal/store/migrations", Floor: 1, Tests: true,
			Why: "the steps beside the tool that writes the next one from the records; it plays them back on real servers, as tests do",
		},
	}
}

// ports is floor 2: what the program needs from outside, and the drivers that give it.
func ports() []Row {
	words := []string{"internal/money", "internal/fault"}
	with := func(port string) []string { return append([]string{port}, words...) }
	return []Row{
		{Package: "internal/payment", Floor: 2, Only: words, Why: "a port speaks of money and faults: a driver must not learn our records"},
		{Package: "internal/label", Floor: 2, Only: words, Why: "a port, as payment is"},
		{Package: "internal/photo", Floor: 2, Only: words, Why: "a port, as payment is"},
		{Package: "internal/notify", Floor: 2, Only: words, Why: "a port, as payment is: mail to one person"},
		{Package: "internal/payment/stripe", Floor: 2, Driver: true, Only: with("internal/payment"), Why: "a gateway to Stripe"},
		{Package: "internal/payment/stripe/stripetest", Floor: 5, Tests: true, Why: "a Stripe of our own that keeps a ledger"},
		{Package: "internal/payment/sandbox", Floor: 2, Driver: true, Only: with("internal/payment"), Why: "a gateway with books of its own"},
		{Package: "internal/label/sandbox", Floor: 2, Driver: true, Only: with("internal/label"), Why: "a carrier that prints real labels"},
		{
			Package: "internal/auth/oidc", Floor: 2, Driver: true, Only: []string{"internal/auth", "internal/fault"},
			Why: "sign-in services of others; everybody else knows auth.Verifier alone",
		},
		{Package: "internal/auth/oidc/oidctest", Floor: 5, Tests: true, Why: "sign-in services of our own, with real keys and tokens"},
		{Package: "internal/notify/smtp", Floor: 2, Driver: true, Only: with("internal/notify"), Why: "mail by the shop's own mail server"},
		{Package: "internal/notify/smtp/smtptest", Floor: 5, Tests: true, Why: "a mail server that keeps what it takes"},
		{Package: "internal/notify/sandbox", Floor: 2, Driver: true, Only: with("internal/notify"), Why: "mail that becomes files"},
		{Package: "internal/photo/disk", Floor: 2, Driver: true, Only: with("internal/photo"), Why: "photos in a folder"},
		{Package: "internal/throttle", Floor: 2, Only: []string{}, Why: "a port: how much somebody may still ask for, whoever it is and whatever they ask"},
		{Package: "internal/throttle/memory", Floor: 2, Driver: true, Only: []string{"internal/throttle"}, Why: "buckets of one server"},
		{Package: "internal/throttle/postgres", Floor: 2, Driver: true, Only: []string{"internal/throttle"}, Why: "buckets that servers share"},
		{Package: "internal/photo/s3", Floor: 2, Driver: true, Only: with("internal/photo"), Why: "photos in a bucket"},
	}
}

// useCases is floor 3: the only writers.
func useCases() []Row {
	return []Row{
		{Package: "internal/orders", Floor: 3, Why: "what the shop's systems tell us; knows nothing of returns"},
		{
			Package: "internal/terms", Floor: 3, May: []string{"internal/returns"},
			Why: "who may change the terms, and from when; who decides by them asks for the book alone, and a simulation asks as they do",
		},
		{Package: "internal/returns", Floor: 3, Why: "one verb, one file; orders are records to it, not a neighbour to call"},
		{Package: "internal/customers", Floor: 3, Why: "one person's rows of every record: what they hold, and what is left when the person is taken out"},
		{Package: "internal/guests", Floor: 3, Why: "a link to one order for whoever has no account; what is done with it is the others' affair"},
		{Package: "internal/reports", Floor: 3, Why: "reads what the others wrote, and writes nothing"},
	}
}

// border is floor 4: GraphQL in, one use case out.
func border() []Row {
	return []Row{
		{Package: "graph", Floor: 4, May: []string{"graph/generated", "graph/model", "graph/scalar"}, Why: "translates and delegates"},
		{Package: "graph/generated", Floor: 4, May: []string{"graph/model", "graph/scalar"}, Why: "generated from the schema files"},
		{Package: "graph/model", Floor: 4, Why: "inputs and payloads that are no records"},
		{Package: "graph/scalar", Floor: 4, Why: "how instants and other single values are written and read"},
		{Package: "internal/playground", Floor: 4, Only: []string{}, Why: "an embedded page; it talks to the API over HTTP like anybody"},
		{
			Package: "internal/leaflet", Floor: 4, Only: []string{"internal/policy", "internal/calendar", "internal/fault"},
			Why: "the terms for everybody to read: it is handed the book of them, and knows no records and nobody who asks",
		},
	}
}

// process is floor 5: the programs.
func process() []Row {
	return []Row{
		{Package: "server", Floor: 5, Why: "flags, wiring, HTTP, signals: the one place that names drivers and reads the clock"},
		{
			Package: "internal/supply", Floor: 5, Only: []string{},
			Why: "reads what was built from outside, as anybody could: it needs nothing of what it judges",
		},
		{Package: "internal/entc", Floor: 5, Only: []string{}, Why: "generates ent, so it cannot need what it generates"},
	}
}

// proof is what exists for tests.
func proof() []Row {
	return []Row{
		{Package: "internal/apptest", Floor: 5, Tests: true, Why: "the whole app on SQLite and sandbox drivers"},
		{Package: "internal/archtest", Floor: 5, Tests: true, Why: "this package"},
		{Package: "internal/leftout", Floor: 5, Tests: true, Why: "what a test cannot try on a machine, said aloud"},
		{Package: "internal/store/pgtest", Floor: 5, Tests: true, Why: "real PostgreSQL servers for tests"},
		{Package: "internal/payment/paymenttest", Floor: 2, Tests: true, Why: "the suite that every gateway passes"},
		{Package: "internal/notify/notifytest", Floor: 2, Tests: true, Why: "the suite that every mail driver passes"},
		{Package: "internal/label/labeltest", Floor: 2, Tests: true, Why: "the suite that every carrier passes"},
		{Package: "internal/photo/s3/s3test", Floor: 5, Tests: true, Why: "a real S3 server for tests"},
		{Package: "internal/photo/phototest", Floor: 2, Tests: true, Why: "the suite that every photo store passes"},
		{Package: "internal/throttle/throttletest", Floor: 2, Tests: true, Why: "the suite that every driver of buckets passes"},
	}
}
