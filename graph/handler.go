package graph

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/internal/auth"
)

// Config is what the endpoint is made of. Resolver, Log and RequestID are needed.
type Config struct {
	Resolver *Resolver
	Log      *slog.Logger
	// RequestID is the id by which a request is found in the logs: the one that the server gave it.
	RequestID func(context.Context) string
	// Development tells everybody the schema, with hints for misspelt names.
	Development bool
	// Deadline is how long one operation may take; that of Limits where it is zero.
	Deadline time.Duration
	// Limits are the defaults where they are zero.
	Limits Limits
	// Tolls are what operations are paid for with; where it is nil they cost nothing, and no answer tells a cost.
	Tolls *Tolls
	// Documents may be named by their ids. Where TrustedOnly is set, customers and nobody in particular may send nothing
	// else; whoever may see all writes their own.
	Documents   *Documents
	TrustedOnly bool
}

// NewHandler is the GraphQL endpoint, for GET and POST. It takes the principal from the context (auth.With), where the
// server puts it. Call it before the database is used: the client is told to read whole rows and to announce them to the
// request that reads them.
func NewHandler(c Config) http.Handler {
	l := c.Limits.orDefault()
	if c.Deadline == 0 {
		c.Deadline = time.Duration(l.Time) * time.Millisecond
	}
	ent.ReadWhole(c.Resolver.DB.Client)
	announcing(c.Resolver.DB.Client)
	public := lane{Limits: l, tokens: l.Tokens, depth: l.Depth, answer: l.Answer, trusted: c.Development}
	if c.Development {
		public.answer = l.StaffAnswer // the whole schema is nearly as long as what others are given
	}
	everybody := newLane(c, public)
	staff := newLane(c, lane{Limits: l, tokens: l.StaffTokens, depth: l.StaffDepth, answer: l.StaffAnswer, trusted: true})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := withLoaders(r.Context(), newLoaders(c.Resolver.DB.Client))
		if auth.From(ctx).Staff() {
			staff.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		everybody.ServeHTTP(w, r.WithContext(ctx))
	})
}

// lane is what one kind of client is given. Each has its own cache of parsed operations: what staff may ask does not
// become valid for everybody.
type lane struct {
	Limits

	tokens, depth, answer int
	trusted               bool // the schema is told, and names are hinted at
}

func newLane(c Config, l lane) http.Handler {
	schema := generated.NewExecutableSchema(generated.Config{Schema: served(), Resolvers: c.Resolver})
	prices, kept := newTariff(schema.Schema()), newKept()
	server := handler.New(schema)
	server.AddTransport(transport{
		deadline: c.Deadline, body: l.Body, answer: l.answer, errors: l.Errors, tolls: c.Tolls, documents: c.Documents, only: c.TrustedOnly,
	})
	server.SetQueryCache(kept)
	server.SetParserTokenLimit(l.tokens)
	server.SetDisableSuggestion(!l.trusted)
	server.SetErrorPresenter(presenter{log: c.Log, requestID: c.RequestID, hints: l.trusted}.present)
	server.SetRecoverFunc(recovered)
	server.Use(limits{
		Limits: l.Limits, depth: l.depth, tokens: l.tokens, introspection: l.trusted,
		schema: schema.Schema(), tariff: prices, checked: kept,
	})
	if c.Tolls != nil {
		server.Use(meter{prices})
	}
	return server
}

// kept are the operations that were parsed and found valid, by their text.
type kept struct{ *lru.LRU[*ast.QueryDocument] }

const (
	keptQueries = 200
	keptText    = 8 << 10 // bytes; a longer text is parsed again each time
)

func newKept() kept { return kept{lru.New[*ast.QueryDocument](keptQueries)} }

// Add keeps an operation whose text is not so long that a few hundred of them would fill the memory.
func (k kept) Add(ctx context.Context, text string, doc *ast.QueryDocument) {
	if len(text) <= keptText {
		k.LRU.Add(ctx, text, doc)
	}
}
