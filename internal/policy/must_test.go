package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAProgramWithBrokenShippedTermsDoesNotRun(t *testing.T) {
	t.Parallel()
	assert.PanicsWithValue(t, "the shipped terms: line 1: zones is not a key of the terms\nline 1: version has to be given",
		func() { must(read(Terms{}, []byte("zones: UTC"))) })
}

func TestTheShippedTermsSpellEveryKeyOut(t *testing.T) {
	t.Parallel()
	top, problem := mapping(defaultTerms)
	assert.Nil(t, problem)
	assert.Len(t, top.Content, 2*len(settings))
	for i, s := range settings {
		assert.Equal(t, s.key, top.Content[2*i].Value)
	}
}
