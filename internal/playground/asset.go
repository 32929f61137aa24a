package playground

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// files are the page, what it loads and the operations. The files of others are gzip'd in assets/vendor.
//
//go:embed assets/*.html assets/*.js assets/*.css assets/*.svg assets/vendor operations
var files embed.FS

// kinds are the content types by the ending of the name; a file with another ending is not served.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// asset is one answer. body is gzip'd where zipped is set.
type asset struct {
	kind   string
	body   []byte
	zipped bool
	tag    string // of the ETag, without quotes
}

func plain(kind string, body []byte) asset {
	sum := sha256.Sum256(body)
	return asset{kind: kind, body: body, tag: hex.EncodeToString(sum[:12])}
}

// embedded reads the embedded assets by the path under which they are served.
func embedded() (pages, error) {
	found := pages{}
	err := fs.WalkDir(files, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		bare, zipped := strings.CutSuffix(name, ".gz")
		kind, ok := kinds[path.Ext(bare)]
		if !ok {
			return nil
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		a := plain(kind, body)
		a.zipped = zipped
		found[served(bare)] = a
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("playground: embedded files: %w", err)
	}
	return found, nil
}

func served(name string) string {
	if name == "assets/page.html" {
		return "/"
	}
	return "/playground" + strings.TrimPrefix(name, "assets")
}

// serve answers with the asset, or with 304 where the client has it. A client that does not take gzip gets the
// file as it was, under an ETag of its own.
func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-cache")
	body, tag := a.body, a.tag
	if a.zipped {
		h.Add("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Values("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			tag += "-gzip"
		} else {
			var err error
			if body, err = unzip(a.body); err != nil {
				http.Error(w, "The file is damaged.", http.StatusInternalServerError)
				return
			}
		}
	}
	h.Set("ETag", strconv.Quote(tag))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func unzip(body []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// takesGzip tells whether one of the Accept-Encoding values names gzip and does not weigh it with nought.
func takesGzip(values []string) bool {
	for one := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, weight, _ := strings.Cut(one, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		text, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		if !ok {
			return true
		}
		q, err := strconv.ParseFloat(text, 64)
		return err == nil && q > 0
	}
	return false
}
