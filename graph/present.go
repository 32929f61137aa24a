package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/vysero/returns/ent/privacy"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
)

// userErrors splits what a use case said. What the caller can correct (wrong input, a state that does not allow it, an
// unknown id) comes back as user errors, with their paths below at; everything else stays an error. One error that is
// not the caller's makes the whole an error: nothing may look correctable that is not.
func userErrors(err error, at ...string) ([]*fault.Error, error) {
	list := []*fault.Error{}
	for _, part := range parts(err) {
		var f *fault.Error
		if !errors.As(part, &f) || !correctable(f) {
			return nil, err
		}
		list = append(list, below(f, at))
	}
	return list, nil
}

// inField puts the paths of an error's faults below at: for queries, whose faults are top-level errors.
func inField(err error, at ...string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return below(f, at)
}

// below puts a path in front; a fault about no field in particular keeps none.
func below(f *fault.Error, at []string) *fault.Error {
	if len(f.Field) == 0 {
		return f
	}
	return f.At(at...)
}

func correctable(f *fault.Error) bool {
	return f.Kind == fault.Invalid || f.Kind == fault.Conflict || f.Kind == fault.NotFound
}

// parts lists the errors that were joined into one; a fault is whole, whatever its cause is.
func parts(err error) []error {
	switch e := err.(type) { //nolint:errorlint // each layer is looked at in turn
	case nil:
		return nil
	case *fault.Error:
		return []error{e}
	case *gqlerror.Error:
		if e.Err != nil {
			return parts(e.Err)
		}
	case interface{ Unwrap() []error }:
		var all []error
		for _, part := range e.Unwrap() {
			all = append(all, parts(part)...)
		}
		return all
	}
	return []error{err}
}

// presenter puts errors into words for one kind of client.
type presenter struct {
	log       *slog.Logger
	requestID func(context.Context) string
	// hints keeps the "Did you mean" that names fields which the client did not ask for.
	hints bool
}

// present is gqlgen's ErrorPresenterFunc. A fault becomes its sentence with its code; what is no fault is INTERNAL: one
// fixed sentence and the request's id go out, and the cause goes to the log, once.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	var at *gqlerror.Error
	if !errors.As(err, &at) {
		at = gqlerror.WrapPath(graphql.GetPath(ctx), err)
	}
	if at.Err == nil && at.Extensions["code"] != nil { // refused before anything ran: by the parser, by validation, by a limit
		return brief(p.withoutHints(at))
	}
	f := meaning(ctx, err)
	shown := &gqlerror.Error{Message: f.Say, Path: at.Path, Locations: at.Locations, Extensions: map[string]any{"code": f.Code}}
	if len(f.Field) > 0 {
		shown.Extensions["field"] = f.Field
	}
	if f.Clause != "" {
		shown.Extensions["clause"] = f.Clause
	}
	switch f.Kind {
	case fault.Internal:
		shown.Extensions["requestId"] = p.requestID(ctx)
		p.record(ctx, slog.LevelError, "a request failed", f.Err)
	case fault.Unavailable:
		p.record(ctx, slog.LevelWarn, "a request could not be served", f.Err)
	case fault.Invalid, fault.NotFound, fault.Conflict, fault.Forbidden:
	}
	return shown
}

// meaning classifies what no use case classified: rows that nobody may see, and time that ran out.
func meaning(ctx context.Context, err error) *fault.Error {
	for _, part := range parts(err) {
		switch {
		case errors.Is(part, privacy.Deny) && auth.From(ctx).Role == "":
			return auth.Unauthenticated()
		case errors.Is(part, privacy.Deny):
			return fault.Denied()
		case errors.Is(part, context.DeadlineExceeded), errors.Is(part, context.Canceled):
			return late(part)
		}
		if f := fault.From(part); f.Kind == fault.Internal {
			return fault.From(errors.New("")).Because(part) // the fixed sentence, whatever this one says
		}
	}
	return fault.From(err)
}

// late is time that ran out where no use case can say any more what was done before it did.
func late(err error) *fault.Error {
	return &fault.Error{
		Kind: fault.Unavailable, Code: fault.CodeUnavailable, Say: "This took too long to answer. Read again before you repeat it.", Err: err,
	}
}

// withoutHints takes away the values that were sent, which clients write into logs with the answer, and what a misspelt name
// would tell about the schema. Names of the document stay: they are what is to be corrected.
func (p presenter) withoutHints(e *gqlerror.Error) *gqlerror.Error {
	shown := *e
	for _, told := range telling {
		shown.Message = told.what.ReplaceAllString(shown.Message, told.left)
	}
	if !p.hints {
		shown.Message, _, _ = strings.Cut(shown.Message, " Did you mean")
	}
	return &shown
}

// maxMessage is how much of a client's own words a refusal may hold, in bytes: a name, and not a text.
const maxMessage = 300

// brief cuts the words of a refusal: those of the parser and of validation repeat names, however long they are.
func brief(e *gqlerror.Error) *gqlerror.Error {
	if len(e.Message) <= maxMessage {
		return e
	}
	shown := *e
	shown.Message = strings.ToValidUTF8(e.Message[:maxMessage], "") + "…"
	return &shown
}

// telling are the sentences of the parser and of validation that repeat a value, and what is left of each.
var telling = []struct {
	what *regexp.Regexp
	left string
}{
	{regexp.MustCompile(`(?s)^(\w+ cannot represent [a-z0-9 -]+ value): .*$`), "$1."},
	{regexp.MustCompile(`(?s)^(Enum "\w+" cannot represent [a-z0-9 -]+ value): .*$`), "$1."},
	{regexp.MustCompile(`(?s)^.* is not a valid (\w+)$`), "The value is not a valid $1."},
	{regexp.MustCompile(`(?s)^Value ".*" does not exist in `), "The value does not exist in "},
	{regexp.MustCompile(`(?s)^(Expected value of type .*), found .*$`), "$1."},
	{regexp.MustCompile(`(?s)^cannot use (value )?[-+.e0-9]+ as (\w+).*$`), "cannot use the value as $2"},
	{regexp.MustCompile(`(?s)^(Invalid [\w ]*escape sequence).*$`), "$1."}, // which repeats the rest of the document
	{regexp.MustCompile(`(?s)^operation .* not found$`), "The document has no operation of that name."},
	{regexp.MustCompile(`(?s)^(Unexpected|Expected .*, found) (\w+) ".*"$`), "$1 $2."},
}

// record writes the cause for the people who run the program.
func (p presenter) record(ctx context.Context, level slog.Level, say string, cause error) {
	attrs := []slog.Attr{slog.String("requestId", p.requestID(ctx)), slog.String("path", fieldsTo(ctx))}
	if fell, ok := errors.AsType[*panicked](cause); ok {
		attrs = append(attrs, slog.String("stack", fell.stack))
	}
	if cause != nil {
		attrs = append(attrs, slog.String("cause", fault.Masked(cause)))
	}
	p.log.LogAttrs(ctx, level, say, attrs...)
}

// fieldsTo is where in the schema an error came up, by the names of its fields: the answer's path has the client's own words.
func fieldsTo(ctx context.Context) string {
	var names []string
	for at := graphql.GetFieldContext(ctx); at != nil; at = at.Parent {
		if at.Field.Field != nil {
			names = append(names, at.Field.Name)
		}
	}
	slices.Reverse(names)
	return strings.Join(names, ".")
}

// panicked is a panic that was caught.
type panicked struct{ say, stack string }

// Error says what went wrong where the runtime said it; any other value might be a client's.
func (p *panicked) Error() string { return p.say }

// recovered is gqlgen's RecoverFunc: a panic is INTERNAL, like any error that nobody expected.
func recovered(_ context.Context, value any) error {
	say := fmt.Sprintf("panic with a value of type %T", value)
	if known, ok := value.(runtime.Error); ok {
		say = "panic: " + known.Error()
	}
	return &panicked{say: say, stack: string(debug.Stack())}
}
