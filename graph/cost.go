package graph

import (
	"context"
	"math"
	"reflect"
	"strings"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The points of an operation. An object is 1, a connection 2 and for each row of the page what is asked of it; scalars, edges
// and what a page says of itself are nothing. A list without pages counts as listSize objects.
const (
	objectPoints     = 1
	connectionPoints = 2
	listSize         = 5
	mutationPoints   = 10 // on top of its answer: it writes
	leastPoints      = 1  // whatever is asked
)

// dear are fields that do more than their answer shows, with their points on top of it.
var dear = map[string]int{
	"Query.report":                 100, // reads all rows of its range
	"Mutation.termsSimulate":       100, // judges what was judged again
	"Mutation.photoUploadComplete": 300, // decodes a picture, which takes seconds of a processor
	"Query.__schema":               10,
	"Query.__type":                 1,
}

// beyond is where costs stop growing: nothing is as expensive, and two of them multiplied still fit.
const beyond = 1 << 30

func plus(a, b int) int  { return min(beyond, a+b) }
func times(a, b int) int { return min(beyond, a*b) }

// price is what one field costs by itself, for each object in it and once for all of them.
type price struct {
	each, once int
	list       bool // of objects, without pages
	edges      bool // of a page
	connection bool
}

// free tells whether nothing is to be counted.
func (p price) free() bool { return p == price{} }

// tariff are the prices of a schema's fields.
type tariff map[*ast.FieldDefinition]price

// newTariff sets the prices by the types alone, so that a field that is new has one.
func newTariff(schema *ast.Schema) tariff {
	t := tariff{}
	for _, of := range schema.Types {
		for _, field := range of.Fields {
			p := priced(schema, of, field)
			p.once += dear[of.Name+"."+field.Name]
			if of == schema.Mutation {
				p.once += mutationPoints
			}
			if !p.free() {
				t[field] = p
			}
		}
	}
	return t
}

func priced(schema *ast.Schema, of *ast.Definition, field *ast.FieldDefinition) price {
	name := field.Type.Name()
	answer := schema.Types[name]
	switch {
	case answer == nil || answer.IsLeafType() || name == "PageInfo" || strings.HasPrefix(name, "__"):
		return price{}
	case strings.HasSuffix(of.Name, "Connection") && field.Name == "edges":
		return price{edges: true}
	case strings.HasSuffix(name, "Connection"):
		return price{once: connectionPoints, connection: true}
	default:
		return price{each: objectPoints, list: field.Type.Elem != nil}
	}
}

// bill is what an operation comes to: what was asked for, counted before, and what was answered, counted meanwhile.
type bill struct {
	asked    int
	lookups  int // questions for something by its number
	answered atomic.Int64
}

const billed = "bill"

// billOf is the bill of an operation that was let through; nil for any other.
func billOf(op *graphql.OperationContext) *bill {
	b, _ := op.Stats.GetExtension(billed).(*bill)
	return b
}

// actual is what was answered, in points.
func (b *bill) actual() int {
	return int(min(beyond, max(leastPoints, b.answered.Load())))
}

// meter counts what is answered.
type meter struct{ tariff tariff }

var (
	_ graphql.HandlerExtension = meter{}
	_ graphql.FieldInterceptor = meter{}
)

// ExtensionName is for gqlgen.
func (meter) ExtensionName() string { return "Meter" }

// Validate is for gqlgen: prices fit every schema.
func (meter) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptField counts the objects that a field turned out to be.
func (m meter) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	p, priced := m.tariff[graphql.GetFieldContext(ctx).Field.Definition]
	if !priced {
		return value, err
	}
	if b := billOf(graphql.GetOperationContext(ctx)); b != nil {
		b.answered.Add(int64(p.once) + int64(p.each)*objects(value))
	}
	return value, err
}

// objects counts what is there.
func objects(value any) int64 {
	v := reflect.ValueOf(value)
	switch v.Kind() { //nolint:exhaustive // every other kind is one object
	case reflect.Invalid:
		return 0
	case reflect.Pointer, reflect.Interface, reflect.Map:
		if v.IsNil() {
			return 0
		}
	case reflect.Slice:
		var count int64
		for i := range v.Len() {
			count += objects(v.Index(i).Interface())
		}
		return count
	}
	return 1
}

// whole is a level of a bucket as clients read it.
func whole(points float64) int { return int(math.Floor(max(0, points))) }
