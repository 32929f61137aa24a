// Package ent is generated from ent/schema, but for amounts.go: the records and their queries.
package ent

//go:generate go run -mod=mod ../internal/entc/main.go
