package graph

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

const everySection = `query($from: Time!, $to: Time!) {
  report(from: $from, to: $to) {
    from to asOf zone requests lines refused
    byReason { reason lines units refunded { amount currency } refused }
    byProduct { sku name units unitsRefunded refunded { amount currency } unitsSold }
    byMonth { month requests units refunds refunded { amount currency } fees { amount currency } }
    refusedByClause { stage outcome clause refused share }
    timeToRefund { refunds medianHours p90Hours maxHours }
    promise { kept broken late overdue open }
    fees { charged { count amount { amount currency } } lowered { count amount { amount currency } } waived }
    missing { sku code name units onArrival }
  }
}`

func march() map[string]any {
	return map[string]any{"from": "2026-03-01T00:00:00-08:00", "to": "2026-04-01T00:00:00-07:00"}
}

func TestAReportTellsEverySection(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	d.settled(t, hers)
	for _, who := range []someone{finance, admin} {
		a := d.ask(t, who, everySection, march())
		require.Empty(t, a.Errors)
		require.JSONEq(t, `{"report": {
			"from": "2026-03-01T08:00:00Z", "to": "2026-04-01T07:00:00Z", "asOf": "2026-03-10T16:00:00Z", "zone": "America/Los_Angeles",
			"requests": 1, "lines": 1, "refused": 0,
			"byReason": [
				{"reason": "CHANGE_OF_HEART", "lines": 0, "units": 0, "refunded": [], "refused": 0},
				{"reason": "DEFECTIVE", "lines": 0, "units": 0, "refunded": [], "refused": 0},
				{"reason": "DAMAGED_ON_ARRIVAL", "lines": 1, "units": 1, "refunded": [{"amount": "107.00", "currency": "USD"}], "refused": 0},
				{"reason": "WRONG_ITEM", "lines": 0, "units": 0, "refunded": [], "refused": 0},
				{"reason": "MISSING_PARTS", "lines": 0, "units": 0, "refunded": [], "refused": 0}
			],
			"byProduct": [{"sku": "CAM-1", "name": "Camera", "units": 1, "unitsRefunded": 1, "refunded": [{"amount": "107.00", "currency": "USD"}], "unitsSold": 2}],
			"byMonth": [{"month": "2026-03", "requests": 1, "units": 1, "refunds": 1, "refunded": [{"amount": "107.00", "currency": "USD"}], "fees": [{"amount": "1.00", "currency": "USD"}]}],
			"refusedByClause": [],
			"timeToRefund": {"refunds": 1, "medianHours": 0, "p90Hours": 0, "maxHours": 0},
			"promise": {"kept": 1, "broken": 0, "late": 0, "overdue": 0, "open": 0},
			"fees": {"charged": {"count": 1, "amount": [{"amount": "1.00", "currency": "USD"}]}, "lowered": {"count": 1, "amount": [{"amount": "8.00", "currency": "USD"}]}, "waived": 0},
			"missing": [{"sku": "CAM-1", "code": "usb-cable", "name": "", "units": 1, "onArrival": 0}]
		}}`, string(a.Data))
	}
}

func TestAReportIsForThoseWhoLookAfterTheMoney(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	for who, code := range map[someone]string{
		nobody: "UNAUTHENTICATED", asAda: "FORBIDDEN", agent: "FORBIDDEN", inspector: "FORBIDDEN", service: "FORBIDDEN",
	} {
		a := d.ask(t, who, everySection, march())
		require.Len(t, a.Errors, 1)
		require.Equal(t, code, a.Errors[0].Extensions["code"])
		require.JSONEq(t, `{"report": null}`, string(a.Data))
	}
}

func TestARangeThatIsWrongIsToldWithItsField(t *testing.T) {
	t.Parallel()
	d := open(t)
	wrong := march()
	wrong["to"] = "2025-12-31T00:00:00Z"
	a := d.ask(t, finance, everySection, wrong)
	require.Len(t, a.Errors, 1)
	require.Equal(t, "INVALID_INPUT", a.Errors[0].Extensions["code"])
	require.Equal(t, []any{"to"}, a.Errors[0].Extensions["field"])
	wrong["to"] = "2031-03-01T08:00:00.000001Z"
	require.Equal(t, "INVALID_INPUT", d.code(t, finance, everySection, wrong))

	var got struct{ Report map[string]json.RawMessage }
	empty := march()
	empty["to"] = empty["from"]
	d.get(t, &got, finance, everySection, empty)
	require.Equal(t, "0", string(got.Report["requests"]))
	require.Equal(t, "[]", string(got.Report["byMonth"]))
}

func TestAnOperationTakesTwoReports(t *testing.T) {
	t.Parallel()
	d := open(t)
	one := `report(from: "2026-03-01T00:00:00Z", to: "2026-04-01T00:00:00Z") { requests }`
	require.Empty(t, d.ask(t, finance, `{ a: `+one+` b: `+one+` }`).Errors)
	require.Equal(t, "TOO_LARGE", d.code(t, finance, `{ a: `+one+` b: `+one+` ...more } fragment more on Query { c: `+one+` }`))
}
