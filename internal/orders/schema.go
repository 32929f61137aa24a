package orders

import _ "embed" // for the schema

//go:embed orders.schema.json
var schema string

// Schema is the JSON Schema (2020-12) of one line of an import, as it is shipped. What it cannot say, Import checks
// beside it: sums, the order of instants, codes that must be unique, countries, zones and currencies that exist.
func Schema() string { return schema }
