package ent

//go:generate go run -mod=mod ../internal/entc/main.go
