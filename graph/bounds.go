package graph

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Limits are the bounds of one request and its operation that an operator may set. A limit that is zero has its default.
type Limits struct {
	Body                int // bytes of a request
	Headers             int // bytes of its headers and address together: the server's to hold
	Time                int // milliseconds that an operation may take
	Cost                int // points: see tariff
	Depth, StaffDepth   int // of fields, fragments flattened
	Tokens              int // names, numbers, strings and punctuation of the text, commas not counted
	StaffTokens         int
	Aliases             int // those in fragments counted each time that they are spread
	SameAliases         int // of one field
	Directives          int // in the text
	Fragments           int // defined in the text
	Fields              int // counted as aliases are
	Rows                int // of a connection within connections: the product of their page sizes
	Page                int // rows of one connection, by first or last
	List                int // entries of a list among the variables
	Answer, StaffAnswer int // bytes of data
	Errors              int // told in one answer; the first of them
}

// DefaultLimits are the limits where nobody sets them. Pages double the depth: a customer's orders with the lines of their
// returns are 11 deep, so that 10 would not do.
func DefaultLimits() Limits {
	return Limits{
		Body: 256 << 10, Headers: 32 << 10, Time: 5_000, Page: 100, Errors: 20,
		Cost: 1_000, Depth: 15, StaffDepth: 20, Tokens: 1_000, StaffTokens: 5_000, Aliases: 30, SameAliases: 15, Directives: 50,
		Fragments: 100, Fields: 2_000, Rows: 10_000, List: 250, Answer: 256 << 10, StaffAnswer: 4 << 20,
	}
}

// bound is a limit by the name that operators write, and the most that it can be.
type bound struct {
	limit *int
	most  int
}

func (l *Limits) bounds() map[string]bound {
	return map[string]bound{
		"body": {&l.Body, 16 << 20}, "headers": {&l.Headers, 1 << 20}, "time": {&l.Time, 30_000}, "page": {&l.Page, 250}, "errors": {&l.Errors, 1_000},
		"cost": {&l.Cost, 1_000_000}, "depth": {&l.Depth, 50}, "staffDepth": {&l.StaffDepth, 50}, "tokens": {&l.Tokens, 10_000},
		"staffTokens": {&l.StaffTokens, 10_000}, "aliases": {&l.Aliases, 1_000}, "sameAliases": {&l.SameAliases, 1_000},
		"directives": {&l.Directives, 1_000}, "fragments": {&l.Fragments, 250}, "fields": {&l.Fields, 10_000}, "rows": {&l.Rows, 100_000},
		"list": {&l.List, 10_000}, "answer": {&l.Answer, 64 << 20}, "staffAnswer": {&l.StaffAnswer, 64 << 20},
	}
}

// UnmarshalText reads "cost=500,depth=12"; what is left out keeps its default. A name that is unknown or written twice is
// an error, and so is a number that is not from 1 to the most that it can be.
func (l *Limits) UnmarshalText(text []byte) error {
	var read Limits
	bounds := read.bounds()
	for pair := range strings.SplitSeq(string(text), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		b, known := bounds[name]
		if !known || *b.limit != 0 {
			return fmt.Errorf("%q is no limit, or is there twice; the limits are %s", name, strings.Join(slices.Sorted(maps.Keys(bounds)), ", "))
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > b.most {
			return fmt.Errorf("%s must be a number from 1 to %d, not %q", name, b.most, value)
		}
		*b.limit = n
	}
	*l = read.orDefault()
	return nil
}

// orDefault puts the defaults where nothing is set.
func (l *Limits) orDefault() Limits {
	filled, defaults := *l, DefaultLimits()
	standard := defaults.bounds()
	for name, b := range filled.bounds() {
		if *b.limit == 0 {
			*b.limit = *standard[name].limit
		}
	}
	return filled
}
