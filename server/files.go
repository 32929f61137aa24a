package main

import (
	"bytes"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/returns"
)

// files are the pictures and labels of returns: they are too large for GraphQL, and go by the same tokens and rules.
type files struct {
	returns *returns.Service
	log     *slog.Logger
}

// bodyLimit leaves the album room to see that a picture is too large, and to say so.
const bodyLimit = photo.MaxBytes + 64<<10

// How long the body of a picture may take, from when it is first read on, and whatever is left to be done then: 10 MiB come
// in time by a phone that sends one Mbit/s. Other requests are bounded for all of them (serve).
const (
	sentWithin     = 90 * time.Second
	answeredWithin = time.Minute
)

// incoming is the body of a picture. It is first read when it is known that it is awaited: nobody else is given the time.
func incoming(w http.ResponseWriter, r *http.Request) io.Reader {
	body := http.MaxBytesReader(w, r.Body, bodyLimit)
	begin := sync.OnceFunc(func() {
		connection, until := http.NewResponseController(w), time.Now().Add(sentWithin)
		_ = connection.SetReadDeadline(until) // where that cannot be, other requests' bound holds
		_ = connection.SetWriteDeadline(until.Add(answeredWithin))
	})
	return reading(func(p []byte) (int, error) {
		begin()
		return body.Read(p)
	})
}

// reading is a function that is an io.Reader.
type reading func(p []byte) (int, error)

func (f reading) Read(p []byte) (int, error) { return f(p) }

// uploaded is the answer to an upload.
type uploaded struct {
	ID          string `json:"id"`
	ContentType string `json:"contentType"` // by its content; what the client said is not asked
	Bytes       int64  `json:"bytes"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
}

// upload is POST /photos[?return=ret_…]: the body is the picture. A customer's own photo may come before its return; staff
// name the return.
func (f *files) upload(w http.ResponseWriter, r *http.Request) {
	if auth.From(r.Context()).Role == "" {
		refuse(w, r, f.log, auth.Unauthenticated())
		return
	}
	if !asked(r) {
		w.Header().Set("Accept-Post", "image/*, application/octet-stream")
		unsupported(w)
		return
	}
	if r.ContentLength > bodyLimit {
		refuse(w, r, f.log, fault.Bad(fault.CodePhoto, "", "The picture is larger than %d MiB.", photo.MaxBytes>>20))
		return
	}
	kept, err := f.returns.UploadPhoto(r.Context(), r.URL.Query().Get("return"), incoming(w, r))
	if err != nil {
		refuse(w, r, f.log, err)
		return
	}
	w.Header().Set("Location", "/photos/"+kept.ID)
	answer(w, http.StatusCreated, uploaded{
		ID: kept.ID, ContentType: kept.ContentType, Bytes: kept.Bytes, Width: kept.Width, Height: kept.Height,
	})
}

// asked tells whether a browser asks before it sends such a request for a page of another host: it does not for forms, for
// plain text, and for what has no content type.
func asked(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && len(r.Header.Values("Content-Type")) == 1 &&
		(strings.HasPrefix(kind, "image/") || kind == "application/octet-stream")
}

func unsupported(w http.ResponseWriter) {
	answer(w, http.StatusUnsupportedMediaType, map[string]any{"errors": []refusal{{
		Message: "Send the picture as it is, with its content type, such as image/jpeg.", Code: fault.CodeInvalid,
	}}})
}

// receive is PUT /photos/uploads/{id}, at an address that photoUploadCreate gave: no token is needed. What comes is in
// quarantine.
func (f *files) receive(w http.ResponseWriter, r *http.Request) {
	kinds := r.Header.Values("Content-Type")
	if len(kinds) != 1 {
		unsupported(w)
		return
	}
	err := f.returns.ReceiveUpload(r.Context(), photo.Sent{
		ID: r.PathValue("id"), With: r.URL.Query(), ContentType: kinds[0], Body: incoming(w, r),
	})
	if err != nil {
		refuse(w, r, f.log, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// photo is GET /photos/{id}, with a token or at an address that was signed. Somebody else's photo answers as a missing one,
// and so does an address that is over.
func (f *files) photo(w http.ResponseWriter, r *http.Request) {
	picture, about, err := f.open(w, r)
	if err != nil {
		refuse(w, r, f.log, err)
		return
	}
	_, ending, _ := strings.Cut(about.ContentType, "/")
	send(w, about.ContentType, about.ID+"."+ending, about.Bytes)
	_, err = io.Copy(w, picture)
	if closed := picture.Close(); err != nil || closed != nil {
		panic(http.ErrAbortHandler) // the answer has begun: only its length can tell that it is not whole
	}
}

// open opens a photo by the token, else by the address. A signed address needs no cookie and no token to work, so a page of
// another host of the shop may show it; whoever reads it out has it already.
func (f *files) open(w http.ResponseWriter, r *http.Request) (io.ReadCloser, *ent.Photo, error) {
	ctx, with := r.Context(), r.URL.Query()
	switch {
	case auth.From(ctx).Role != "":
		return f.returns.OpenPhoto(ctx, r.PathValue("id"))
	case !with.Has("signature"):
		return nil, nil, auth.Unauthenticated()
	}
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return f.returns.OpenSigned(ctx, r.PathValue("id"), with)
}

// label is GET /labels/{id}.pdf. Somebody else's label, and one that is not there yet, answer as a missing one.
func (f *files) label(w http.ResponseWriter, r *http.Request) {
	if auth.From(r.Context()).Role == "" {
		refuse(w, r, f.log, auth.Unauthenticated())
		return
	}
	id, isPDF := strings.CutSuffix(r.PathValue("file"), ".pdf")
	if !isPDF {
		refuse(w, r, f.log, fault.Missing("id", "label"))
		return
	}
	sheet, err := f.returns.LabelPDF(r.Context(), id)
	if err != nil {
		refuse(w, r, f.log, err)
		return
	}
	send(w, "application/pdf", id+".pdf", int64(len(sheet)))
	_, _ = io.Copy(w, bytes.NewReader(sheet)) // a client that has gone away is nobody to tell
}

// send heads a file so that a browser saves it and never shows it: it came from a stranger.
func send(w http.ResponseWriter, kind, name string, size int64) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	if h.Get("Cross-Origin-Resource-Policy") == "" {
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	h.Set("Cache-Control", "private, no-store")
}
