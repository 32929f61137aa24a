// Package chain ties the events of one subject together: each bears the digest of the one before it and of itself, so that
// none can be altered, taken out or put in between without the digests telling. Where a chain ends is kept with its subject,
// an order or a return. A chain proves that the log was not altered since; it does not prove who wrote it.
//
// An event of a return bears a seal as well: digests of what the return's rows said before it and after it. So the chain
// proves the rows too, and not the log alone.
//
// Words can be taken out of a chain all the same, where their customer is erased: an event of the same chain then says what
// is left of each event that lost its words (Left), and the digests that everything hangs on stay as they were. Words are
// digested with a salt that goes with them, so that a digest lets nobody try out what they may have been.
package chain

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/vysero/returns/ent"
)

// Head is where a chain ends: how many events it has, and the digest of the last one. The zero value is an empty chain.
type Head struct {
	Seq    int
	Digest string
}

// link is what a digest is made of: everything that an event says, with the instant in UTC and JSON in one form.
type link struct {
	Prev       string          `json:"prev"`
	Seq        int             `json:"seq"`
	ID         string          `json:"id"`
	OrderID    string          `json:"orderId"`
	CustomerID string          `json:"customerId"`
	ReturnID   *string         `json:"returnId"`
	At         string          `json:"at"`
	Actor      string          `json:"actor"`
	Role       string          `json:"role"`
	Action     string          `json:"action"`
	Reason     string          `json:"reason"`
	Salt       string          `json:"salt,omitempty"` // events of before there were salts are digested without
	Before     json.RawMessage `json:"before"`
	After      json.RawMessage `json:"after"`
	Sealed     json.RawMessage `json:"sealed,omitempty"` // likewise of before there were seals
}

// Next ties an event to the end of a chain: it gives the event its place and its digest, and the new end. Words get a salt.
func (h Head) Next(e *ent.Event) (Head, error) {
	e.Seq, e.Prev = h.Seq+1, h.Digest
	if e.Reason != "" {
		e.Salt = rand.Text()
	}
	digest, err := digestOf(e)
	if err != nil {
		return h, err
	}
	e.Digest = digest
	return Head{Seq: e.Seq, Digest: digest}, nil
}

func digestOf(e *ent.Event) (string, error) {
	l := link{
		Prev: e.Prev, Seq: e.Seq, ID: e.ID, OrderID: e.OrderID, CustomerID: e.CustomerID, ReturnID: e.ReturnID,
		At: e.At.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano), Actor: e.Actor, Role: e.Role, Action: e.Action, Reason: e.Reason, Salt: e.Salt,
	}
	var err error
	if l.Before, err = oneForm(e.Before); err != nil {
		return "", err
	}
	if l.After, err = oneForm(e.After); err != nil {
		return "", err
	}
	if len(e.Sealed) > 0 {
		if l.Sealed, err = oneForm(e.Sealed); err != nil {
			return "", err
		}
	}
	return Digest(l)
}

// Digest is the SHA-256, in hexadecimal, of a value as JSON.
func Digest(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// oneForm writes JSON with its keys in order and no spaces: databases do not keep either. Numbers stay as they are written.
func oneForm(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return json.RawMessage("null"), nil
	}
	value, err := read(raw)
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func read(raw json.RawMessage) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("JSON of the records cannot be read: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("JSON of the records cannot be read: something follows the value")
	}
	return value, nil
}

// Erased is the action of the event that says that words were taken out of others in its chain.
const Erased = "CUSTOMER_ERASED"

// erasure is what such an event says.
type erasure struct {
	Left map[string]string `json:"left"` // by the event's id: the digest of what is left of it
}

// Left is what the event Erased says of events that lose their words: what is left of each can still be proved. It is
// handed the events as they are afterwards.
func Left(events []*ent.Event) (json.RawMessage, error) {
	left := make(map[string]string, len(events))
	for _, e := range events {
		digest, err := digestOf(e)
		if err != nil {
			return nil, err
		}
		left[e.ID] = digest
	}
	return json.Marshal(erasure{Left: left})
}

// erasures collects what the events of a chain say of others that lost their words.
func erasures(events []*ent.Event) (map[string]string, error) {
	all := map[string]string{}
	for _, e := range events {
		if e.Action != Erased {
			continue
		}
		var said erasure
		if err := json.Unmarshal(e.After, &said); err != nil {
			return nil, fmt.Errorf("event %s cannot be read: %w", e.ID, err)
		}
		maps.Copy(all, said.Left)
	}
	return all, nil
}

// Verify holds the events of one subject, in the order of their places, against each other and against the end that is
// kept with the subject. It tells what does not fit, "" where all does. An event that lost its words is held against what
// the chain itself says is left of it. Events of before there were chains have the place 0 and are passed over.
func Verify(events []*ent.Event, end Head) (string, error) {
	left, err := erasures(events)
	if err != nil {
		return "", err
	}
	var h Head
	for _, e := range events {
		if e.Seq == 0 {
			continue
		}
		switch {
		case e.Seq != h.Seq+1:
			return fmt.Sprintf("after event %d comes event %d (%s)", h.Seq, e.Seq, e.ID), nil
		case e.Prev != h.Digest:
			return fmt.Sprintf("event %d (%s) does not follow the one before it", e.Seq, e.ID), nil
		}
		digest, err := digestOf(e)
		if err != nil {
			return "", err
		}
		if digest != e.Digest && digest != left[e.ID] {
			return fmt.Sprintf("event %d (%s) is not what was written", e.Seq, e.ID), nil
		}
		h = Head{Seq: e.Seq, Digest: e.Digest} // the next event, or the end, says that this is the digest of then
	}
	if h != end {
		return fmt.Sprintf("the last event is %d, and there were %d", h.Seq, end.Seq), nil
	}
	return "", nil
}

// Create makes the row of an event.
func Create(client *ent.Client, e *ent.Event) *ent.EventCreate {
	create := client.Event.Create().SetID(e.ID).SetOrderID(e.OrderID).SetCustomerID(e.CustomerID).SetNillableReturnID(e.ReturnID).
		SetAt(e.At).SetActor(e.Actor).SetRole(e.Role).SetAction(e.Action).SetReason(e.Reason).SetSalt(e.Salt).
		SetSeq(e.Seq).SetPrev(e.Prev).SetDigest(e.Digest)
	if len(e.Before) > 0 {
		create.SetBefore(e.Before)
	}
	if len(e.After) > 0 {
		create.SetAfter(e.After)
	}
	if len(e.Sealed) > 0 {
		create.SetSealed(e.Sealed)
	}
	return create
}
