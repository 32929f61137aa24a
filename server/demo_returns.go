package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"log/slog"

	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// demoReturn is one return of the demo shop: of one unit of the first item of its order, brought as far as the steps go.
type demoReturn struct {
	order  string
	reason policy.Reason
	photo  bool
	steps  []demoStep
}

// demoStep is one thing that staff or the customer do with a return, by the last part of its id.
type demoStep func(ctx context.Context, s *returns.Service, number string) error

// demoReturns are returns in the states in which staff find something to do.
func demoReturns() []demoReturn {
	return []demoReturn{
		{order: "1009", reason: policy.Defective, photo: true},        // REQUESTED: a person must look
		{order: "1016", reason: policy.DamagedOnArrival, photo: true}, // REQUESTED: to be approved
		{order: "1017", reason: policy.Defective},                     // AWAITING_EVIDENCE
		{order: "1011", reason: policy.ChangeOfHeart},                 // AWAITING_EVIDENCE, of another kind: a receipt
		{order: "1021", reason: policy.ChangeOfHeart},                 // APPROVED
		{order: "1018", reason: policy.ChangeOfHeart, steps: []demoStep{handOver}},
		{order: "1019", reason: policy.ChangeOfHeart, steps: []demoStep{handOver, receive}},
		{order: "1020", reason: policy.ChangeOfHeart, steps: []demoStep{handOver, receive, inspect("cable")}},
		{order: "1013", reason: policy.ChangeOfHeart, steps: []demoStep{handOver, receive, inspect(), settle}}, // REFUND_FAILED
	}
}

// seedReturns makes the returns of the demo shop and tells how many. One that the terms in force do not allow is left out.
func seedReturns(ctx context.Context, app *App, log *slog.Logger) (made int) {
	for _, r := range demoReturns() {
		service := *app.Returns
		service.NewID = r.ids(app.Orders.NewID)
		if err := r.make(ctx, app, &service); err != nil {
			log.Warn("a return of the demo shop was not made as far as it goes", "order", r.order, "code", fault.From(err).Code, "cause", err.Error())
			continue
		}
		made++
	}
	if err := seedRefusal(ctx, app); err != nil {
		log.Warn("the demo shop refused nothing", "cause", err.Error())
	}
	return made
}

// seedRefusal asks for what the terms do not allow, so that reports have something to tell of it.
func seedRefusal(ctx context.Context, app *App) error {
	bought, err := app.DB.Client.Item.Query().Where(item.ID("itm_1004_1")).Only(ctx)
	if err != nil {
		return err
	}
	customer := auth.With(ctx, auth.Principal{ID: bought.CustomerID, Role: auth.Customer, CustomerID: bought.CustomerID})
	_, _, err = app.Returns.Request(customer, returns.RequestInput{
		Lines: []returns.LineInput{{ItemID: bought.ID, Quantity: 1, Reason: policy.ChangeOfHeart}},
	})
	switch said := fault.From(err); {
	case err == nil:
		return errors.New("order 1004 may be returned by the terms in force")
	case said.Kind == fault.Conflict:
		return nil
	}
	return err
}

// ids gives the return's rows ids that can be remembered: ret_1016, its line rln_1016, its photo pho_1016 and so on. What
// happens more than once gets ordinary ones.
func (r demoReturn) ids(ordinary func(prefix string) string) func(prefix string) string {
	used := map[string]bool{"evt": true}
	return func(prefix string) string {
		if used[prefix] {
			return ordinary(prefix)
		}
		used[prefix] = true
		return prefix + "_" + r.order
	}
}

func (r demoReturn) make(ctx context.Context, app *App, s *returns.Service) error {
	bought, err := app.DB.Client.Item.Query().Where(item.ID("itm_" + r.order + "_1")).Only(ctx)
	if err != nil {
		return err
	}
	customer := auth.With(ctx, auth.Principal{ID: bought.CustomerID, Role: auth.Customer, CustomerID: bought.CustomerID})
	in := returns.RequestInput{Lines: []returns.LineInput{{ItemID: bought.ID, Quantity: 1, Reason: r.reason}}}
	if r.photo {
		kept, err := s.UploadPhoto(customer, "", bytes.NewReader(demoPicture()))
		if err != nil {
			return err
		}
		in.PhotoIDs = []string{kept.ID}
	}
	if _, _, err := s.Request(customer, in); err != nil {
		return err
	}
	for _, step := range r.steps {
		if err := step(ctx, s, r.order); err != nil {
			return err
		}
	}
	return nil
}

func handOver(ctx context.Context, s *returns.Service, number string) error {
	carrier, tracking := "Example Parcel", "EP"+number
	_, err := s.HandOver(ctx, returns.HandOverInput{ID: "ret_" + number, Carrier: &carrier, Tracking: &tracking})
	return err
}

func receive(ctx context.Context, s *returns.Service, number string) error {
	one := 1
	_, err := s.Receive(ctx, returns.ReceiveInput{
		ID: "ret_" + number, Lines: []returns.ReceivedLine{{LineID: "rln_" + number, Received: &one}},
	})
	return err
}

func inspect(missing ...string) demoStep {
	return func(ctx context.Context, s *returns.Service, number string) error {
		_, err := s.Inspect(ctx, returns.InspectInput{
			ID: "ret_" + number, Findings: []returns.FoundInput{{LineID: "rln_" + number, Units: 1, Packaging: true, Missing: missing}},
		})
		return err
	}
}

// settle asks for a refund; that the provider refuses it is what is shown, and no error here.
func settle(ctx context.Context, s *returns.Service, number string) error {
	_, _, err := s.Settle(ctx, returns.SettleInput{ID: "ret_" + number, IdempotencyKey: "demo-" + number})
	return err
}

// demoPicture is a small picture of a crack, made anew each time and always the same.
func demoPicture() []byte {
	const side = 96
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			shade := color.RGBA{R: 210, G: 214, B: 220, A: 255}
			if d := x - y + (y*7%11 - 5); d > -3 && d < 3 {
				shade = color.RGBA{R: 40, G: 44, B: 52, A: 255}
			}
			picture.SetRGBA(x, y, shade)
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil { // a Buffer takes everything
		panic(err)
	}
	return file.Bytes()
}
