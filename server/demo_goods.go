package main

import (
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
)

func dollars(minor int64) money.Text { return text(money.Amount{Minor: minor, Currency: "USD"}) }

func yen(minor int64) money.Text { return text(money.Amount{Minor: minor, Currency: "JPY"}) }

func text(a money.Amount) money.Text { return money.Text{Amount: a.Decimal(), Currency: a.Currency} }

func camera(units int) orders.ItemInput {
	return good("VS-CAM-2", "Outdoor camera", units, 12_999*int64(units),
		part("camera", "Camera"), accessory("mount", "Wall mount", 1_200), accessory("cable", "USB-C cable", 900),
		manual("Quick start guide", 200), unpriced("screws", "Screws and plugs"))
}

func doorbell() orders.ItemInput {
	return good("VS-BELL-1", "Video doorbell", 1, 9_900,
		part("doorbell", "Doorbell"), accessory("chime", "Chime", 1_500), manual("Quick start guide", 200))
}

func hub() orders.ItemInput {
	return good("VS-HUB-3", "Smart home hub", 1, 14_900,
		part("hub", "Hub"), accessory("power", "Power supply", 1_100), accessory("ethernet", "Ethernet cable", 600),
		manual("Quick start guide", 200))
}

func lock() orders.ItemInput {
	return good("VS-LOCK-1", "Smart door lock", 1, 21_900,
		part("lock", "Lock"), part("plate", "Strike plate"), accessory("key", "Key card", 800), manual("Fitting guide", 300))
}

func sensor(units int) orders.ItemInput {
	return good("VS-MOT-1", "Motion sensor", units, 2_450*int64(units),
		part("sensor", "Sensor"), accessory("battery", "Battery", 300), manual("Quick start guide", 100))
}

func siren() orders.ItemInput {
	return good("VS-SIR-1", "Indoor siren", 1, 7_000, part("siren", "Siren"), accessory("power", "Power supply", 1_100))
}

// good is an article with what was paid for all its units, and what is in the box of each.
func good(sku, name string, units int, paid int64, box ...orders.PieceInput) orders.ItemInput {
	return orders.ItemInput{Sku: sku, Name: name, Quantity: units, Paid: dollars(paid), PackingList: box}
}

func part(code, name string) orders.PieceInput { return piece(code, name, policy.Part) }

func accessory(code, name string, fee int64) orders.PieceInput {
	return priced(piece(code, name, policy.Accessory), fee)
}

func manual(name string, fee int64) orders.PieceInput {
	return priced(piece("guide", name, policy.Manual), fee)
}

// unpriced is an accessory without a fee: staff look at it where it is missing (A17).
func unpriced(code, name string) orders.PieceInput { return piece(code, name, policy.Accessory) }

func piece(code, name string, kind policy.PieceKind) orders.PieceInput {
	return orders.PieceInput{Code: code, Name: &name, Kind: &kind}
}

func priced(p orders.PieceInput, fee int64) orders.PieceInput {
	amount := dollars(fee)
	p.Fee = &amount
	return p
}
