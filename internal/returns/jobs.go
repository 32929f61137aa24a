package returns

import (
	"context"
	"time"

	"github.com/vysero/returns/internal/crash"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/store"
)

// The jobs of returns. Each is added in the transaction of what it is about, and bears being done again.
type (
	// SubmitRefund asks the payment provider for the transfers of a refund, until each is answered.
	SubmitRefund struct {
		RefundID string `json:"refundId"`
	}
	// BuyLabel asks the carrier for the label of a return, or to take it back.
	BuyLabel struct {
		ReturnID string `json:"returnId"`
	}
	// ApplyNotice works on what the payment provider told by itself.
	ApplyNotice struct {
		NoticeID string `json:"noticeId"`
	}
	// Reconcile finds what is unfinished and has no job.
	Reconcile struct{}
	// Expire ends approvals whose time to hand over is past.
	Expire struct{}
	// Alarm tells of what is due, stuck or forgotten.
	Alarm struct{}
	// Clean forgets what nobody needs any more.
	Clean struct{}
	// DropPhotos deletes the files of photos that were removed.
	DropPhotos struct{}
)

// Kind names the job.
func (SubmitRefund) Kind() string { return "refund.submit" }

// Kind names the job.
func (BuyLabel) Kind() string { return "label.buy" }

// Kind names the job.
func (ApplyNotice) Kind() string { return "notice.apply" }

// Kind names the job.
func (Reconcile) Kind() string { return "returns.reconcile" }

// Kind names the job.
func (Expire) Kind() string { return "returns.expire" }

// Kind names the job.
func (Alarm) Kind() string { return "returns.alarm" }

// Kind names the job.
func (Clean) Kind() string { return "returns.clean" }

// Kind names the job.
func (DropPhotos) Kind() string { return "photos.drop" }

// Work tells the queue how each job is done, and which are done regularly. Call it once, before the queue starts.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, func(ctx context.Context, job SubmitRefund) error {
		again, err := s.Submit(ctx, job.RefundID)
		return orLater(again, err)
	})
	jobs.Handle(q, func(ctx context.Context, job BuyLabel) error {
		again, err := s.AskCarrier(ctx, job.ReturnID)
		return orLater(again, err)
	})
	jobs.Handle(q, func(ctx context.Context, job ApplyNotice) error {
		err := s.ApplyNotice(ctx, job.NoticeID)
		crash.At(crash.Applied)
		return err
	})
	jobs.Handle(q, func(ctx context.Context, _ Reconcile) error { return s.Reconcile(ctx, false) })
	jobs.Handle(q, func(ctx context.Context, _ Expire) error { return s.Expire(ctx) })
	jobs.Handle(q, func(ctx context.Context, _ Alarm) error { return s.Alarm(ctx) })
	jobs.Handle(q, func(ctx context.Context, _ Clean) error { return s.Clean(ctx) })
	jobs.Handle(q, func(ctx context.Context, _ DropPhotos) error {
		again, err := s.DropPhotos(ctx)
		return orLater(again, err)
	})
	q.Every(time.Minute, Reconcile{})
	q.Every(5*time.Minute, Expire{})
	q.Every(15*time.Minute, Alarm{})
	q.Every(6*time.Hour, Clean{})
}

// orLater is what a job comes to: an error is tried again by the queue, and what is not due yet is done later.
func orLater(again time.Duration, err error) error {
	if err != nil || again == 0 {
		return err
	}
	return jobs.Later(again)
}

// queue adds a job for what the transaction writes down. Whoever writes it has a head start on the queue.
func (s *Service) queue(ctx context.Context, tx store.Tx, job jobs.Args) error {
	return s.Jobs.Add(ctx, tx, job, headStart)
}
