package graph

import (
	"mime"
	"strconv"
	"strings"
)

// The two media types of an answer. They differ in what an operation that cannot be run is answered with: 200 as
// application/json, which old clients expect, and 400 as application/graphql-response+json.
const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
)

// accepted picks the media type of the answer by the client's preference; "" where it takes neither.
func accepted(header string) string {
	if strings.TrimSpace(header) == "" {
		return mediaJSON
	}
	best, weight := "", 0.0
	for part := range strings.SplitSeq(header, ",") {
		if as, q := preference(part); q > weight {
			best, weight = as, q
		}
	}
	return best
}

// preference reads one element of an Accept header. A wildcard stands behind a name of the same weight.
func preference(part string) (as string, q float64) {
	name, params, err := mime.ParseMediaType(part)
	if err != nil {
		return "", 0
	}
	q = 1
	if text, given := params["q"]; given {
		if q, err = strconv.ParseFloat(text, 64); err != nil || q < 0 || q > 1 {
			return "", 0
		}
	}
	switch name {
	case mediaJSON, mediaResponse:
		return name, q
	case "*/*", "application/*":
		return mediaJSON, q * 0.999
	}
	return "", 0
}

// isJSON tells whether a body says of itself that it is JSON in UTF-8.
func isJSON(header string) bool {
	name, params, err := mime.ParseMediaType(header)
	if err != nil || name != mediaJSON {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}
