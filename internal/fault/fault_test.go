package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/vysero/returns/internal/fault"
)

var errDisk = errors.New("disk full")

func TestEachConstructorClassifiesOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		err   *fault.Error
		kind  fault.Kind
		code  fault.Code
		field []string
		say   string
	}{
		{"wrong input", fault.Bad(fault.CodeQuantity, "quantity", "At most %d.", 3), fault.Invalid, fault.CodeQuantity, []string{"quantity"}, "At most 3."},
		{"wrong input of no field", fault.Bad(fault.CodeInvalid, "", "No."), fault.Invalid, fault.CodeInvalid, nil, "No."},
		{"unknown", fault.Missing("order", "order"), fault.NotFound, fault.CodeNotFound, []string{"order"}, "There is no such order."},
		{"unknown, of no field", fault.Missing("", "order"), fault.NotFound, fault.CodeNotFound, nil, "There is no such order."},
		{"lost race", fault.Clash(fault.CodeStale, "Changed by %s.", "staff"), fault.Conflict, fault.CodeStale, nil, "Changed by staff."},
		{"role", fault.Denied(), fault.Forbidden, fault.CodeForbidden, nil, "Your role does not allow this action."},
		{"not set up", fault.NotOffered("Not here."), fault.Forbidden, fault.CodeNotOffered, nil, "Not here."},
		{"passing", fault.Busy(errDisk), fault.Unavailable, fault.CodeUnavailable, nil,
			"This cannot be done right now; nothing has changed. Please try again."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.kind, c.err.Kind)
			assert.Equal(t, c.code, c.err.Code)
			assert.Equal(t, c.field, c.err.Field)
			assert.Equal(t, c.say, c.err.Say)
		})
	}
}

func TestTheLogHasTheCauseAndTheSentenceHasNot(t *testing.T) {
	t.Parallel()
	err := fault.Busy(errDisk)
	assert.Equal(t, "UNAVAILABLE: "+err.Say+": disk full", err.Error())
	assert.NotContains(t, err.Say, "disk")
	assert.ErrorIs(t, err, errDisk)
	assert.Equal(t, "FORBIDDEN: Your role does not allow this action.", fault.Denied().Error())
}

func TestCopiesLeaveTheOriginalAsItWas(t *testing.T) {
	t.Parallel()
	original := fault.Bad(fault.CodeQuantity, "quantity", "Too many.")
	changed := original.At("lines", "0").Under("A37").Because(errDisk)
	assert.Equal(t, []string{"lines", "0", "quantity"}, changed.Field)
	assert.Equal(t, "A37", changed.Clause)
	assert.ErrorIs(t, changed, errDisk)
	assert.Equal(t, fault.Bad(fault.CodeQuantity, "quantity", "Too many."), original)
}

func TestFromFindsTheErrorInAChain(t *testing.T) {
	t.Parallel()
	known := fault.Missing("order", "order")
	assert.Same(t, known, fault.From(fmt.Errorf("while reading: %w", known)))
	assert.Nil(t, fault.From(nil))
}

func TestWhatNobodyClassifiedIsOursAndSaysNothingOfTheCause(t *testing.T) {
	t.Parallel()
	err := fault.From(errDisk)
	assert.Equal(t, fault.Internal, err.Kind)
	assert.Equal(t, fault.CodeInternal, err.Code)
	assert.Equal(t, "Something went wrong on our side; it has been logged.", err.Say)
	assert.ErrorIs(t, err, errDisk)
}

func TestDoubtPromisesNothing(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection reset")
	e := fault.Doubtful(cause)
	assert.Equal(t, fault.Unavailable, e.Kind)
	assert.ErrorIs(t, e, cause)
	assert.NotContains(t, e.Say, "nothing has changed")
	assert.NotContains(t, e.Say, "connection")
}
