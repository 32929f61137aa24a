package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/payment/stripe"
)

// hookPath is where Stripe tells what became of refunds.
const hookPath = "/webhooks/stripe"

// hook takes a webhook: proven on the bytes as they came, stored by its event's id, and worked on afterwards. Stripe sends
// it again until it is answered with 200, which is said only of what is stored, and of what concerns nobody here.
func (s *site) hook(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, stripe.MaxNotice+1))
	if err != nil {
		refuse(w, r, s.log, fault.Bad(fault.CodeInvalid, "", "The body cannot be read."))
		return
	}
	notice, err := stripe.Verify(payload, r.Header.Get(stripe.SignatureHeader), s.hookSecrets, s.now())
	if errors.Is(err, payment.ErrForged) || errors.Is(err, payment.ErrUnreadable) {
		s.log.LogAttrs(r.Context(), slog.LevelWarn, "a webhook was refused",
			slog.String("requestId", requestID(r.Context())), slog.String("cause", fault.Masked(err)))
	}
	if err != nil {
		refuse(w, r, s.log, err)
		return
	}
	if err := s.app.Returns.TakeNotice(r.Context(), notice); err != nil {
		refuse(w, r, s.log, err)
		return
	}
	answer(w, http.StatusOK, health("stored"))
}
