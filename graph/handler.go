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

// Config is what the endpoint is made of. Every field but the last two is needed.
type Config struct {
	Resolver *Resolver
	Log      *slog.Logger
	// RequestID is the id by which a request is found in the logs: the one that the server gave it.
	RequestID func(context.Context) string
	// Development tells everybody the schema, with hints for misspelt names.
	Development bool
	// Deadline is how long one operation may take; 5 seconds where it is zero.
	Deadline time.Duration
}

// The limits that depend on who asks. A parser's tokens are names, numbers, strings and punctuation, commas not counted.
const (
	publicTokens, staffTokens = 1_000, 5_000
	publicDepth, staffDepth   = 15, 20
	keptQueries               = 500
	deadline                  = 5 * time.Second
)

// NewHandler is the GraphQL endpoint, for GET and POST. It takes the principal from the context (auth.With), where the
// server puts it. Call it before the database is used: the client is told to read whole rows and to announce them to the
// request that reads them.
func NewHandler(c Config) http.Handler {
	if c.Deadline == 0 {
		c.Deadline = deadline
	}
	ent.ReadWhole(c.Resolver.DB.Client)
	announcing(c.Resolver.DB.Client)
	public := newLane(c, lane{tokens: publicTokens, depth: publicDepth, trusted: c.Development})
	staff := newLane(c, lane{tokens: staffTokens, depth: staffDepth, trusted: true})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := withLoaders(r.Context(), newLoaders(c.Resolver.DB.Client))
		if auth.From(ctx).Staff() {
			staff.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		public.ServeHTTP(w, r.WithContext(ctx))
	})
}

// lane is what one kind of client is given. Each has its own cache of parsed operations: what staff may ask does not
// become valid for everybody.
type lane struct {
	tokens, depth int
	trusted       bool // the schema is told, and names are hinted at
}

func newLane(c Config, l lane) http.Handler {
	server := handler.New(generated.NewExecutableSchema(generated.Config{Resolvers: c.Resolver}))
	server.AddTransport(transport{deadline: c.Deadline})
	server.SetQueryCache(lru.New[*ast.QueryDocument](keptQueries))
	server.SetParserTokenLimit(l.tokens)
	server.SetDisableSuggestion(!l.trusted)
	server.SetErrorPresenter(presenter{log: c.Log, requestID: c.RequestID, hints: l.trusted}.present)
	server.SetRecoverFunc(recovered)
	server.Use(limits{depth: l.depth, tokens: l.tokens, introspection: l.trusted})
	return server
}
