package returns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/vysero/returns/ent"
	entonce "github.com/vysero/returns/ent/once"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store"
)

// Every mutation that moves money or buys a label takes an idempotency key. The key belongs to whoever used it and to the
// mutation, and is written down in the transaction of the work itself: a call that failed has used nothing up.

// maxKey is the longest key, in bytes.
const maxKey = 255

// use is one use of a key.
type use struct {
	mutation string
	key      string
	mark     string // the fingerprint of the input without the key
}

// useOf reads a key. input is the mutation's, with an empty key in it.
func useOf(mutation, key string, input any) (*use, error) {
	if key == "" {
		return nil, fault.Bad(fault.CodeRequired, "idempotencyKey", "Make a key of your own for this call, and use it again when you repeat the call.")
	}
	if len(key) > maxKey {
		return nil, fault.Bad(fault.CodeInvalid, "idempotencyKey", "A key has at most %d characters.", maxKey)
	}
	for _, c := range []byte(key) {
		if c <= ' ' || c > '~' {
			return nil, fault.Bad(fault.CodeInvalid, "idempotencyKey", "A key has visible ASCII characters only.")
		}
	}
	text, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return &use{mutation: mutation, key: key, mark: hex.EncodeToString(sum[:])}, nil
}

// repeated is a call that was made before: its answer is the one of then.
type repeated struct{ *ent.Once }

// Error is for nobody: whoever hands a key in looks for it.
func (repeated) Error() string { return "the call was made before" }

// answered gives what a repeated call answered; nil for any other error.
func answered(err error) *ent.Once {
	if r, ok := errors.AsType[repeated](err); ok {
		return r.Once
	}
	return nil
}

// fresh tells that the key was not used before, or why the call does not go on: it is a repetition, the key was used for
// something else, or the first call is still at work.
func (u *use) fresh(ctx context.Context, tx store.Tx, who auth.Principal) error {
	if u == nil {
		return nil
	}
	before, err := tx.Once.Query().Where(entonce.Actor(who.ID), entonce.Mutation(u.mutation), entonce.Key(u.key)).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil
	case err != nil:
		return err
	case before.Fingerprint != u.mark:
		return fault.Clash(fault.CodeKeyReused, "This key was used for another call. A new call takes a new key.").At("idempotencyKey")
	case busy(before, tx.Now):
		return fault.Clash(fault.CodeInFlight, "The first call with this key is still at work. Ask again in a moment.").At("idempotencyKey")
	}
	return repeated{before}
}

// busy tells whether the first call may still be at work. A time that is further off than any call takes is a clock that
// was put back.
func busy(o *ent.Once, now time.Time) bool {
	return now.Before(o.BusyUntil) && o.BusyUntil.Sub(now) <= lease
}

// outcome is what a call with a key comes to.
type outcome struct{ returnID, refundID string }

// keep writes down what the call comes to. Something is done outside of the transaction afterwards: until that is over, or
// must be, others wait.
func (u *use) keep(ctx context.Context, tx store.Tx, s *Service, who auth.Principal, o outcome) error {
	if u == nil {
		return nil
	}
	return tx.Once.Create().SetID(s.NewID("idk")).SetActor(who.ID).SetMutation(u.mutation).SetKey(u.key).SetFingerprint(u.mark).
		SetReturnID(o.returnID).SetRefundID(o.refundID).SetUsedAt(tx.Now).SetBusyUntil(tx.Now.Add(lease)).Exec(ctx)
}

// done lets the others have the answer. Where it cannot be written, they have it a little later.
func (u *use) done(ctx context.Context, s *Service, who auth.Principal) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease)
	defer cancel()
	_ = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Once.Update().Where(entonce.Actor(who.ID), entonce.Mutation(u.mutation), entonce.Key(u.key)).
			SetBusyUntil(tx.Now).Exec(ctx)
	})
}
