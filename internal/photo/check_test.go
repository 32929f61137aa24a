package photo_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/webp"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/phototest"
)

func check(content []byte) (photo.Meta, error) {
	return photo.Check(bytes.NewReader(content), int64(len(content)))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// archive is a real zip with a page in it.
func archive(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	page, err := w.Create("index.html")
	require.NoError(t, err)
	_, err = page.Write([]byte("<script>alert(1)</script>"))
	require.NoError(t, errors.Join(err, w.Close()))
	return out.Bytes()
}

// seft is what a Samsung phone puts behind a picture: notes, and their directory.
func seft(notes string) []byte {
	directory := join([]byte("SEFH\x6b\x00\x00\x00\x01\x00\x00\x00"), make([]byte, 12))
	return join([]byte(notes), directory, binary.LittleEndian.AppendUint32(nil, uint32(len(directory))), []byte("SEFT"))
}

func TestPicturesAreTakenByTheirContent(t *testing.T) {
	t.Parallel()
	small := phototest.JPEG(t, 40, 30)
	announced := phototest.After(small, phototest.Segment(0xE2, "MPF\x00and so on"))
	text := phototest.Chunk("tEXt", []byte("Comment\x00<script>alert(1)</script>"))
	drawn := phototest.PNG(t, 40, 30)
	for name, c := range map[string]struct {
		content       []byte
		kind          string
		width, height int
	}{
		"JPEG":                               {small, "image/jpeg", 40, 30},
		"JPEG of one pixel":                  {phototest.JPEG(t, 1, 1), "image/jpeg", 1, 1},
		"JPEG with metadata":                 {phototest.After(small, phototest.Segment(0xE1, "Exif\x00\x00\xff\xd9\xff\xda"), phototest.Segment(0xFE, "")), "image/jpeg", 40, 30},
		"JPEG with fill bytes":               {join(small[:2], []byte{0xFF, 0xFF, 0xFF}, small[2:]), "image/jpeg", 40, 30},
		"JPEG with zeros behind":             {join(small, make([]byte, 500)), "image/jpeg", 40, 30},
		"JPEG that announces a second":       {join(announced, small), "image/jpeg", 40, 30},
		"JPEG that announces more, with gap": {join(announced, make([]byte, 3), small, small), "image/jpeg", 40, 30},
		"PNG":                                {drawn, "image/png", 40, 30},
		"PNG with a comment":                 {join(drawn[:33], text, drawn[33:]), "image/png", 40, 30},
		"PNG of the longest side":            {phototest.PNG(t, 12_000, 1), "image/png", 12_000, 1},
		"PNG of 29 million pixels":           {padded(phototest.PNGBomb(7_000, 4_190), 120_000), "image/png", 7_000, 4_190},
		"JPEG with a phone's notes behind":   {join(small, seft("\x00\x00\x01\x0aImage_UTC_Data1773144000000")), "image/jpeg", 40, 30},
		"JPEG with a film behind": {join(small, phototest.Box("ftyp", []byte("mp42\x00\x00\x00\x00")), phototest.Box("mdat", []byte("film"))),
			"image/jpeg", 40, 30},
		"JPEG with all of it": {join(announced, small, make([]byte, 3), seft("")), "image/jpeg", 40, 30},
		"WebP without loss":   {phototest.WebP(40, 30), "image/webp", 40, 30},
		"WebP with loss":      {phototest.RIFF(phototest.VP8(40, 30)), "image/webp", 40, 30},
		"WebP with metadata": {phototest.RIFF(phototest.VP8X(4, 40, 30), phototest.VP8L(40, 30), phototest.RIFFChunk("EXIF", []byte("odd"))),
			"image/webp", 40, 30},
		"WebP with transparency": {phototest.RIFF(phototest.VP8X(16, 40, 30), phototest.RIFFChunk("ALPH", make([]byte, 1+40*30)), phototest.VP8(40, 30)),
			"image/webp", 40, 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			meta, err := check(c.content)
			require.NoError(t, err)
			assert.Equal(t, photo.Meta{ContentType: c.kind, Bytes: int64(len(c.content)), Width: c.width, Height: c.height}, meta)
		})
	}
}

func TestSampleWebPsAreRealPictures(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{
		"without loss": phototest.WebP(40, 30),
		"with loss":    phototest.RIFF(phototest.VP8(40, 30)),
	} {
		m, err := webp.Decode(bytes.NewReader(content))
		require.NoError(t, err, name)
		assert.Equal(t, 40, m.Bounds().Dx(), name)
		assert.Equal(t, 30, m.Bounds().Dy(), name)
	}
}

// What a customer is told.
const (
	kind     = "This is not a photo"
	still    = "A moving picture"
	data     = "other data attached"
	broken   = "damaged"
	large    = "larger than 10 MB"
	pixels   = "pixels"
	nothing  = "empty"
	brokeOff = "broke off"
)

// refusal is a file and a part of the sentence that a customer gets for it.
type refusal struct {
	content []byte
	say     string
}

func refused(t *testing.T, cases map[string]refusal) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := check(c.content)
			var e *fault.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, fault.CodePhoto, e.Code)
			assert.Equal(t, fault.Invalid, e.Kind)
			assert.Contains(t, e.Say, c.say)
		})
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	t.Parallel()
	page, box := []byte("<!DOCTYPE html><html><script>alert(1)</script></html>"), phototest.Box
	refused(t, map[string]refusal{
		"nothing":             {nil, nothing},
		"one byte":            {[]byte{0xFF}, kind},
		"text":                {[]byte("my device is broken"), kind},
		"SVG":                 {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), kind},
		"SVG with a prologue": {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), kind},
		"HTML":                {page, kind},
		"PDF":                 {[]byte("%PDF-1.4\n%%EOF"), kind},
		"zip":                 {archive(t), kind},
		"script":              {[]byte("#!/bin/sh\nrm -rf /\n"), kind},
		"program":             {[]byte("\x7fELF\x02\x01\x01"), kind},
		"BMP":                 {[]byte("BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00"), kind},
		"TIFF":                {[]byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00"), kind},
		"GIF":                 {phototest.GIF(t, 40, 30), still},
		"GIF and script":      {join([]byte("GIF89a/*"), page, []byte("*/=1")), still},
		"film":                {box("ftyp", []byte("isom\x00\x00\x00\x00isommp42")), still},
		"HEIC sequence":       {box("ftyp", []byte("hevc\x00\x00\x00\x00")), still},
		"AVIF":                {box("ftyp", []byte("avif\x00\x00\x00\x00mif1")), kind},
	})
}

// padded is a PNG with a comment of so many bytes.
func padded(drawn []byte, n int) []byte {
	return join(drawn[:33], phototest.Chunk("tEXt", make([]byte, n)), drawn[33:])
}

// claiming is a JPEG of 40 x 30 pixels that claims to have more.
func claiming(jpg []byte, w, h int) []byte {
	size := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w)}
	return bytes.Replace(jpg, []byte{8, 0, 30, 0, 40}, size, 1)
}

// scans is a JPEG that says the same a number of times.
func scans(t testing.TB, n int) []byte {
	t.Helper()
	jpg := phototest.JPEG(t, 40, 30)
	at := bytes.Index(jpg, []byte{0xFF, 0xDA})
	return join(jpg[:at], bytes.Repeat(jpg[at:len(jpg)-2], n), jpg[len(jpg)-2:])
}

// gradual is a JPEG that says that it becomes sharper step by step; its scan is of another kind.
func gradual(t testing.TB) []byte {
	t.Helper()
	jpg := bytes.Replace(phototest.JPEG(t, 40, 30), []byte{0xFF, 0xC0}, []byte{0xFF, 0xC2}, 1)
	return bytes.Replace(jpg, []byte{0x11, 0x00, 0x3F, 0x00}, []byte{0x11, 0, 0, 0}, 1) // the first scan: how bright, and no more
}

func TestWrongJPEGsAreRefused(t *testing.T) {
	t.Parallel()
	jpg, page, box := phototest.JPEG(t, 40, 30), []byte("<!DOCTYPE html><html><script>alert(1)</script></html>"), phototest.Box
	refused(t, map[string]refusal{
		"JPEG and zip":                      {join(jpg, archive(t)), data},
		"JPEG and page":                     {join(jpg, page), data},
		"JPEG, a phone's notes and page":    {join(jpg, seft(""), page), data},
		"JPEG and a seal alone":             {join(jpg, page, []byte("SEFT")), data},
		"JPEG and a directory of no length": {join(jpg, page, []byte("SEFH\x00\x00\x00\x00SEFT")), data},
		"JPEG and a film that is cut":       {join(jpg, box("ftyp", []byte("mp42")), []byte("\x00\x00\xff\xffmdat")), data},
		"JPEG, a film and page":             {join(jpg, box("ftyp", []byte("mp42")), page), data},
		"JPEG of too few bytes":             {claiming(jpg, 5_000, 5_000), broken},
		"JPEG of a thousand scans":          {scans(t, 1000), broken},
		"JPEG and one byte":                 {join(jpg, []byte{1}), data},
		"JPEG, zeros and page":              {join(jpg, make([]byte, 100), page), data},
		"JPEG and a second unannounced":     {join(jpg, jpg), data},
		"JPEG, announced second, and zip":   {join(phototest.After(jpg, phototest.Segment(0xE2, "MPF\x00")), jpg, archive(t)), data},
		"JPEG and half of announced second": {join(phototest.After(jpg, phototest.Segment(0xE2, "MPF\x00")), jpg[:len(jpg)/2]), broken},
		"JPEG cut in half":                  {jpg[:len(jpg)/2], broken},
		"JPEG without its end":              {jpg[:len(jpg)-2], broken},
		"JPEG without a scan":               {join(jpg[:bytes.Index(jpg, []byte{0xFF, 0xDA})], []byte{0xFF, 0xD9}), broken},
		"JPEG of markers alone":             {[]byte{0xFF, 0xD8, 0xFF, 0xD9}, broken},
		"JPEG with two frames":              {phototest.After(jpg, phototest.Segment(0xC0, "\x08\x00\x01\x00\x01\x01\x01\x11\x00")), broken},
		"JPEG with a start inside":          {phototest.After(jpg, []byte{0xFF, 0xD8}), broken},
		"JPEG with a short segment":         {phototest.After(jpg, []byte{0xFF, 0xE0, 0, 1}), broken},
		"JPEG with a stray byte":            {phototest.After(jpg, phototest.Segment(0xFE, "x"), []byte{0x41}), broken},
		"JPEG with a segment past the end":  {[]byte("\xff\xd8\xff\xe1\xff\xffExif"), broken},
	})
}

func TestWrongPNGsAreRefused(t *testing.T) {
	t.Parallel()
	drawn, page := phototest.PNG(t, 40, 30), []byte("<!DOCTYPE html><html><script>alert(1)</script></html>")
	refused(t, map[string]refusal{
		"PNG and page":          {join(drawn, page), data},
		"PNG and zip":           {join(drawn, archive(t)), data},
		"PNG and PNG":           {join(drawn, drawn), data},
		"PNG cut in half":       {drawn[:len(drawn)/2], broken},
		"PNG without its end":   {drawn[:len(drawn)-12], broken},
		"PNG without a head":    {join(drawn[:8], drawn[33:]), broken},
		"PNG with two heads":    {join(drawn[:33], drawn[8:]), broken},
		"PNG with a false sum":  {join(drawn[:29], []byte{1, 2, 3, 4}, drawn[33:]), broken},
		"PNG with an odd name":  {join(drawn[:33], phototest.Chunk("t<s>", nil), drawn[33:]), broken},
		"PNG with a loaded end": {join(drawn[:len(drawn)-12], phototest.Chunk("IEND", page)), broken},
		"PNG that moves":        {join(drawn[:33], phototest.Chunk("acTL", make([]byte, 8)), drawn[33:]), still},
		"PNG that moves late":   {join(drawn[:33], phototest.Chunk("tEXt", make([]byte, 4000)), phototest.Chunk("acTL", make([]byte, 8)), drawn[33:]), still},
		"PNG without pixels":    {phototest.PNGBomb(0, 10), broken},
		"PNG of too few bytes":  {padded(phototest.PNGBomb(7_000, 4_190), 100_000), broken},
	})
}

func TestWrongWebPsAreRefused(t *testing.T) {
	t.Parallel()
	lossless, page, chunk, riff, canvas := phototest.WebP(40, 30), []byte("<!DOCTYPE html><html><script>alert(1)</script></html>"), phototest.RIFFChunk, phototest.RIFF, phototest.VP8X
	refused(t, map[string]refusal{
		"WebP and zip":                    {join(lossless, archive(t)), data},
		"WebP and one byte":               {join(lossless, []byte{0}), data},
		"WebP cut in half":                {lossless[:len(lossless)/2], broken},
		"WebP without a picture":          {riff(), kind},
		"WebP with two pictures":          {riff(phototest.VP8L(40, 30), phototest.VP8L(40, 30)), broken},
		"WebP with more than a picture":   {riff(phototest.VP8L(40, 30), chunk("EXIF", page)), broken},
		"WebP with a canvas too late":     {riff(phototest.VP8L(40, 30), canvas(0, 40, 30)), broken},
		"WebP with an odd canvas":         {riff(chunk("VP8X", make([]byte, 12)), phototest.VP8L(40, 30)), broken},
		"WebP smaller than its canvas":    {riff(canvas(0, 50, 30), phototest.VP8L(40, 30)), broken},
		"WebP larger than its canvas":     {riff(canvas(0, 1, 1), phototest.VP8L(16_000, 16_000)), broken},
		"WebP with nothing on its canvas": {riff(canvas(0, 40, 30)), broken},
		"WebP with a garbled picture":     {riff(chunk("VP8L", []byte("garbled picture"))), broken},
		"WebP with a chunk past the end":  {riff([]byte("VP8L\xff\xff\xff\xff/")), broken},
		"WebP that moves":                 {riff(canvas(2, 40, 30), chunk("ANIM", make([]byte, 6))), still},
		"WebP that moves, unannounced":    {riff(canvas(0, 40, 30), chunk("ANMF", make([]byte, 16))), still},
	})
}

func TestHEICsAreRefusedWithACodeOfTheirOwn(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{
		"as a phone keeps it": phototest.HEIC(), "HEIF": bytes.Replace(phototest.HEIC(), []byte("ftypheic"), []byte("ftypmif1"), 1),
		"and zip": join(phototest.HEIC(), archive(t)),
	} {
		_, err := check(content)
		assert.Equal(t, fault.CodeHEIC, fault.From(err).Code, name)
		assert.Equal(t, fault.Invalid, fault.From(err).Kind)
		assert.Contains(t, fault.From(err).Say, "JPEG")
	}
	assert.Equal(t, fault.CodeHEIC, fault.From(photo.Taken("image/heic")).Code)
	assert.Equal(t, fault.CodePhoto, fault.From(photo.Taken("image/svg+xml")).Code)
	require.NoError(t, photo.Taken("image/webp"))
}

func TestPicturesOutOfBoundsAreRefused(t *testing.T) {
	t.Parallel()
	jpg, drawn, chunk, riff, canvas, lossy := phototest.JPEG(t, 40, 30), phototest.PNG(t, 40, 30), phototest.RIFFChunk, phototest.RIFF, phototest.VP8X, phototest.VP8
	refused(t, map[string]refusal{
		"PNG of 900 million pixels":      {phototest.PNGBomb(30_000, 30_000), pixels},
		"PNG one row beyond":             {phototest.PNGBomb(8_000, 5_001), pixels},
		"PNG beyond the memory":          {phototest.PNGBomb(8_000, 5_000), "too large to be worked on"},
		"WebP beyond the memory":         {phototest.WebP(4_000, 2_200), "too large to be worked on"},
		"JPEG beyond the memory":         {claiming(gradual(t), 6_000, 6_000), "too large to be worked on"},
		"PNG one pixel too wide":         {phototest.PNGBomb(12_001, 1), pixels},
		"PNG one pixel too high":         {phototest.PNGBomb(1, 12_001), pixels},
		"PNG of the largest number":      {phototest.PNGBomb(1<<31-1, 1), pixels},
		"JPEG beyond":                    {bytes.Replace(jpg, []byte{8, 0, 30, 0, 40}, []byte{8, 0xFF, 0xFF, 0xFF, 0xFF}, 1), pixels},
		"JPEG without height":            {bytes.Replace(jpg, []byte{8, 0, 30, 0, 40}, []byte{8, 0, 0, 0, 40}, 1), broken},
		"WebP without loss, beyond":      {phototest.WebP(16_384, 16_384), pixels},
		"WebP with loss, beyond":         {riff(lossy(16_383, 16_383)), pixels},
		"WebP with transparency, beyond": {riff(canvas(16, 1<<24, 1<<24), chunk("ALPH", []byte{1, 0, 0}), lossy(40, 30)), broken},
		"WebP without pixels":            {riff(lossy(0, 0)), broken},
		"PNG of more than ten megabytes": {join(drawn, make([]byte, photo.MaxBytes)), large},
	})
}

func TestOnlyTheWholeOfAPictureIsOne(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{
		"JPEG": phototest.JPEG(t, 16, 16), "PNG": phototest.PNG(t, 16, 16), "WebP": phototest.WebP(16, 16),
	} {
		for n := range content {
			_, err := check(content[:n])
			assert.Error(t, err, "%s, the first %d of %d bytes", name, n, len(content))
		}
	}
}

func TestPictureThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	_, err := photo.Check(failing{}, 100)
	assert.Equal(t, fault.CodePhoto, fault.From(err).Code)
	_, err = photo.Check(failing{}, -1)
	assert.Equal(t, fault.CodePhoto, fault.From(err).Code)
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

// A refusal must cost little: what a file claims is never allocated. Not parallel, because it measures the process.
//
//nolint:paralleltest // see above
func TestBombsCostLittle(t *testing.T) {
	riff, canvas := phototest.RIFF, phototest.VP8X
	for name, content := range map[string][]byte{
		"PNG":  phototest.PNGBomb(1<<31-1, 1<<31-1),
		"WebP": riff(canvas(16, 1<<24, 1<<24), phototest.RIFFChunk("ALPH", []byte{1, 0, 0}), phototest.VP8(40, 30)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := check(content)
		runtime.ReadMemStats(&after)
		require.Error(t, err, name)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2<<20), name)
	}
}

func TestEndlessBodyStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	draft := &memory{}
	body := &endless{}
	_, err := phototest.Album(t, draft).Put(t.Context(), "pho_1", body)
	assert.Contains(t, fault.From(err).Say, large)
	assert.LessOrEqual(t, body.read, int64(photo.MaxBytes+64<<10))
	assert.True(t, draft.discarded)
}

func TestTroublesOfTheUploadAndOfTheDiskAreToldApart(t *testing.T) {
	t.Parallel()
	_, err := phototest.Album(t, &memory{}).Put(t.Context(), "pho_1", iotest.ErrReader(io.ErrUnexpectedEOF))
	assert.Equal(t, fault.CodePhoto, fault.From(err).Code)
	assert.Contains(t, fault.From(err).Say, brokeOff)
	_, err = phototest.Album(t, &memory{full: true}).Put(t.Context(), "pho_1", strings.NewReader("x"))
	assert.Equal(t, fault.CodeUnavailable, fault.From(err).Code)
	require.ErrorIs(t, err, errFull)
	require.ErrorIs(t, err, errStuck, "what the draft says goes to the log too")
}

func TestUploadEndsWithItsTime(t *testing.T) {
	t.Parallel()
	draft := &memory{}
	_, err := phototest.Album(t, draft, photo.Within(0), photo.Within(time.Nanosecond)).Put(t.Context(), "pho_1", &endless{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Equal(t, fault.Unavailable, fault.From(err).Kind)
	assert.True(t, draft.discarded)
}

func TestPhotoThatCannotBeKeptIsGivenUp(t *testing.T) {
	t.Parallel()
	draft := &memory{}
	meta, err := phototest.Album(t, draft).Put(t.Context(), "pho_1", bytes.NewReader(phototest.PNG(t, 4, 3)))
	require.ErrorIs(t, err, errFull)
	assert.Equal(t, fault.Unavailable, fault.From(err).Kind)
	assert.Zero(t, meta)
	assert.True(t, draft.discarded)
}
