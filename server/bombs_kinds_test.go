package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// bombs are all kinds. BOOM stands in those whose words could be told again.
func bombs() []bomb {
	return slices.Concat(deepBombs(), wideBombs(), jsonBombs(), valueBombs(), wireBombs())
}

// deepBombs nest.
func deepBombs() []bomb {
	deep := func(n int, with string) string {
		return "{ " + strings.Repeat("orders("+with+") { edges { node { customer { ", n) + "id" + strings.Repeat(" } } } }", n) + " }"
	}
	return []bomb{
		queryBomb("30 connections in each other, 100 each", deep(30, "first: 100")),
		queryBomb("30 connections in each other, 1 each", deep(30, "first: 1")),
		queryBomb("10,000 fields in each other", strings.Repeat("{a", 10_000)+strings.Repeat("}", 10_000)),
		queryBomb("20,000 lists in each other", `{ nodes(ids: `+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`) { id } }`),
		queryBomb("20,000 objects in each other", `{ returnPreview(input: `+strings.Repeat("{a:", 20_000)+"1"+strings.Repeat("}", 20_000)+`) { requestable } }`),
		queryBomb("a type of 50,000 lists", `query(`+"$a: "+strings.Repeat("[", 50_000)+"ID"+strings.Repeat("]", 50_000)+`) { viewer { role } }`),
	}
}

// wideBombs repeat.
func wideBombs() []bomb {
	chain, doubling, names := "{ ...f0 }", "{ ...f0 }", ""
	for i := range 20_000 {
		chain += fmt.Sprintf("fragment f%d on Query{...f%d}", i, i+1)
	}
	shorter := "{ ...f0 }"
	for i := range 5_000 {
		shorter += fmt.Sprintf("fragment f%d on Query{...f%d}", i, i+1)
	}
	for i := range 40 {
		doubling += fmt.Sprintf("fragment f%d on Query{...f%d ...f%d}", i, i+1, i+1)
	}
	for i := range 10_000 {
		names += fmt.Sprintf("a%d: viewer{role} ", i)
	}
	twice := queryBomb("fragments that double 40 times", doubling+"fragment f40 on Query{viewer{role}}")
	twice.harmless = true // each is executed once, as GraphQL has it
	return []bomb{
		twice,
		queryBomb("10,000 aliases", "{ "+names+"}"),
		queryBomb("10,000 fields of one name", "{ "+strings.Repeat("viewer{role} ", 10_000)+"}"),
		queryBomb("100,000 directives", "{ viewer "+strings.Repeat("@a", 100_000)+"{ role } }"),
		queryBomb("50,000 directives", "{ viewer "+strings.Repeat("@a", 50_000)+"{ role } }"),
		queryBomb("300 directives that exist", "{ viewer "+strings.Repeat("@skip(if: false)", 300)+"{ role } }"),
		queryBomb("20,000 fragments in a chain", chain+"fragment f20000 on Query{viewer{role}}"),
		queryBomb("5,000 fragments in a chain", shorter+"fragment f5000 on Query{viewer{role}}"),
		queryBomb("a fragment within itself", "{ ...f } fragment f on Query { ...f }"),
		queryBomb("200,000 tokens", "{ "+strings.Repeat("a ", 200_000)+"}"),
		queryBomb("100,000 tokens", "{ "+strings.Repeat("a ", 100_000)+"}"),
		queryBomb("5,000 operations", strings.Repeat("query A { viewer { role } } ", 5_000)),
		queryBomb("5,000 variables", "query("+strings.Repeat("$a: ID ", 5_000)+") { viewer { role } }"),
		queryBomb("a name of 200,000 letters", "{ BOOM"+strings.Repeat("x", 200_000)+" }"),
	}
}

// jsonBombs are bodies that JSON or text itself is too much for.
func jsonBombs() []bomb {
	return []bomb{
		rawBomb("a body of 10 MB", bytes.Repeat([]byte("B"), 10_000_000)),
		rawBomb("a text of 10 MB", []byte(`{"query":"{ viewer { role } } #`+strings.Repeat("BOOM", 2_500_000)+`"}`)),
		rawBomb("variables nested 100,000 deep", []byte(`{"query":"{ viewer { role } }","variables":{"a":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}}`)),
		rawBomb("extensions nested 100,000 deep", []byte(`{"query":"{ viewer { role } }","extensions":`+strings.Repeat(`{"a":`, 40_000)+"1"+strings.Repeat("}", 40_000)+`}`)),
		rawBomb("a batch of 1,000", []byte("["+strings.Repeat(`{"query":"{ viewer { role } }"},`, 999)+`{"query":"{ viewer { role } }"}]`)),
		rawBomb("invalid UTF-8", []byte("{\"query\":\"{ viewer { role } } # BOOM\xff\xfe\"}")),
		rawBomb("NUL bytes", []byte("{\"query\":\"{ viewer { role } }\x00BOOM\"}")),
		rawBomb("a second value after the first", []byte(`{"query":"{ viewer { role } }"}{"query":"BOOM"}`)),
		rawBomb("half a body", []byte(`{"query":"{ viewer BOOM`)),
		rawBomb("no JSON", []byte(`BOOM`)),
		rawBomb("a number of 100,000 digits", []byte(`{"query":"query($n:Int){orders(first:$n){totalCount}}","variables":{"n":`+strings.Repeat("9", 100_000)+`}}`)),
	}
}

// valueBombs are values that no type takes.
func valueBombs() []bomb {
	with := func(name, value string) bomb {
		return rawBomb(name, []byte(`{"query":"query($n:Int){orders(first:$n){totalCount}}","variables":{"n":`+value+`}}`))
	}
	fifteen := ""
	for i := range 15 {
		fifteen += fmt.Sprintf("a%d:returns(first:1,filter:$f){totalCount} ", i)
	}
	return []bomb{
		with("2^31", "2147483648"), with("-2^31 - 1", "-2147483649"), with("2^63", "9223372036854775808"), with("NaN", "NaN"), with("Infinity", "Infinity"),
		with("1e400", "1e400"), with("half a unit", "0.5"), with("words for a number", `"BOOM"`),
		queryBomb("2^31 in the text", "{ orders(first: 2147483648) { totalCount } }"),
		queryBomb("NUL in the text", "{ viewer\x00BOOM { role } }"),
		queryBomb("101 ids", "{ nodes(ids: ["+strings.Repeat(`"x"`, 101)+"]) { id } }"),
		rawBomb("a filter of 20,000 states, 15 times", []byte(`{"query":"query($f:ReturnFilter){`+fifteen+`}","variables":{"f":{"state":["CLOSED"`+
			strings.Repeat(`,"CLOSED"`, 20_000)+`]}}}`)),
		queryBomb("a cursor of 100,000 letters", `{ orders(first: 1, after: "`+strings.Repeat("B", 100_000)+`") { totalCount } }`),
	}
}

// wireBombs are requests that HTTP itself is too much for.
func wireBombs() []bomb {
	return []bomb{
		rawBomb("a header of 64 KiB", []byte(`{"query":"{ viewer { role } }"}`), "X-Long: "+strings.Repeat("B", 64<<10)),
		rawBomb("10,000 headers", []byte(`{"query":"{ viewer { role } }"}`), strings.Repeat("X-Many: 1\r\n", 10_000)+"X-Last: 1"),
		rawBomb("a compressed body", []byte("\x1f\x8b\x08\x00"), "Content-Encoding: gzip"),
		{name: "a mutation by GET", raw: []byte("GET /graphql?query=mutation%7BreturnCancel(input:%7Bid:%22ret_1016%22%7D)%7BuserErrors%7Bcode%7D%7D%7D HTTP/1.1\r\n" +
			"Host: 127.0.0.1\r\n$WHO\r\nConnection: close\r\n\r\n")},
		{name: "an address of 64 KiB", raw: []byte("GET /graphql?query=" + strings.Repeat("B", 64<<10) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")},
	}
}
