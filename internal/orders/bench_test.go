package orders_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/orders"
)

// writeOrders writes a file of orders with one to four items, packing lists and deliveries, from a third as many
// customers.
func writeOrders(b *testing.B, path string, n int) {
	b.Helper()
	f, err := os.Create(path)
	require.NoError(b, err)
	w := bufio.NewWriter(f)
	for i := range n {
		var items []string
		for k := range 1 + i%4 {
			items = append(items, fmt.Sprintf(`{"sku":"SKU-%d","name":"Article number %d","quantity":%d,"paid":{"amount":"20.00","currency":"USD"},`+
				`"packingList":[{"code":"BODY","name":"The thing itself","kind":"PART"},{"code":"CABLE","kind":"ACCESSORY","fee":{"amount":"4.00","currency":"USD"}},{"code":"GUIDE","kind":"MANUAL"}],`+
				`"delivery":"DELIVERED","shippedAt":"2026-01-11T08:00:00Z","deliveredAt":"2026-01-14T17:20:00Z","carrier":"UPS","tracking":"1Z%012d"}`,
				(i*7+k)%900, (i*7+k)%900, 1+k, i*4+k))
		}
		_, err := fmt.Fprintf(w, `{"number":"W-%07d","customer":{"email":"customer%d@example.com","name":"Customer %d"},"currency":"USD",`+
			`"purchasedAt":"2026-01-10T15:04:05Z","shipToCountry":"US","shipToZone":"America/Chicago","shipToLines":["Customer %d","12 Elm Street","Springfield IL 62701"],`+
			`"shipping":{"amount":"5.00","currency":"USD"},"items":[%s],"payments":[{"ref":"ch_%d","method":"Visa ending in 4242","captured":{"amount":"%d.00","currency":"USD"}}]}`+"\n",
			i, i/3, i/3, i/3, strings.Join(items, ","), i, 20*len(items)+5)
		require.NoError(b, err)
	}
	require.NoError(b, w.Flush())
	require.NoError(b, f.Close())
}

// importFile imports a file and expects every line to be counted under want.
func importFile(b *testing.B, s *shop, path string, want orders.Result) {
	b.Helper()
	f, err := os.Open(path)
	require.NoError(b, err)
	got, err := (&orders.Importer{Orders: s.Service, Strict: true}).Import(auth.AsSystem(b.Context()), f)
	require.NoError(b, err)
	require.Equal(b, want, got)
	require.NoError(b, f.Close())
}

// BenchmarkImport imports a file of orders that are new, and then again.
func BenchmarkImport(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		path := filepath.Join(b.TempDir(), "orders.jsonl")
		b.Run(fmt.Sprintf("new=%d", n), func(b *testing.B) {
			writeOrders(b, path, n)
			for b.Loop() {
				b.StopTimer()
				s := open(b)
				b.StartTimer()
				importFile(b, s, path, orders.Result{Read: n, Recorded: n})
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "orders/s")
		})
		b.Run(fmt.Sprintf("again=%d", n), func(b *testing.B) {
			writeOrders(b, path, n)
			s := open(b)
			importFile(b, s, path, orders.Result{Read: n, Recorded: n})
			for b.Loop() {
				importFile(b, s, path, orders.Result{Read: n, Unchanged: n})
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "orders/s")
		})
	}
}
