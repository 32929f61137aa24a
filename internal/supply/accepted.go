package main

import (
	"cmp"
	"strings"
)

// weakness is a vulnerability of one module.
type weakness struct{ osv, module string }

func (w weakness) compare(other weakness) int {
	return cmp.Or(strings.Compare(w.osv, other.osv), strings.Compare(w.module, other.module))
}

// library is what govulncheck calls Go's own library.
const library = "stdlib"

// accepted are the vulnerabilities with which the server may be built, each with the reason why it does no harm here. All
// are of Go's own library before 1.26.10: whoever builds with a newer one has none of them, as .container does.
var accepted = map[weakness]string{
	{"GO-2026-6599", library}: "it is about JavaScript in templates, and the pages that are made from templates have none",
	{"GO-2026-6600", library}: "as GO-2026-6599",
	{"GO-2026-6603", library}: "it is about servers of HTTP/2; this one has no TLS of its own, and without TLS Go speaks HTTP/1",
	{"GO-2026-6605", library}: "the server sends no CONNECT with a body",
	{"GO-2026-6607", library}: "it is about servers of TLS",
	{"GO-2026-6608", library}: "every body is bounded before it is parsed",
	{"GO-2026-6609", library}: "headers are bounded, by 32 KiB where nobody sets more, and so is the number of ranges in them",
	{"GO-2026-6610", library}: "the server is no proxy: it hands no answer on",
	{"GO-2026-6611", library}: "as GO-2026-6603; as a client it talks to servers that the operator names",
	{"GO-2026-6612", library}: "as GO-2026-6603",
	{"GO-2026-6613", library}: "no address answers CONNECT with success, which a test holds",
	{"GO-2026-6617", library}: "as GO-2026-6603",
	{"GO-2026-6809", library}: "it adds intermediates that are distrusted; the system's roots decide as before",
}
