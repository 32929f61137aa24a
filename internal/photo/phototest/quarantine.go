package phototest

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo"
)

// invited is an upload of the content that is good for a minute, and how to send it.
func invited(t *testing.T, album *photo.Album, id string, content []byte) photo.Invitation {
	t.Helper()
	invitation, err := album.Invite(t.Context(), photo.Upload{
		ID: id, ContentType: "image/png", Bytes: int64(len(content)), For: time.Minute,
	})
	require.NoError(t, err)
	return invitation
}

func sentPhoto(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	album, content := Album(t, place.Driver), PNG(t, 40, 30)
	to := invited(t, album, "pho_1", content)
	_, err := album.Accept(t.Context(), "pho_1")
	assert.Equal(t, fault.CodeState, fault.From(err).Code, "nothing has come")
	require.True(t, place.Send(t, to, content))
	requireMissing(t, album, "pho_1")
	for _, name := range place.Names(t) {
		requireMissing(t, album, name)
	}
	raw, err := place.Driver.Arrived(t.Context(), "pho_1")
	require.NoError(t, err)
	came, err := io.ReadAll(raw)
	require.NoError(t, errors.Join(err, raw.Close()))
	assert.Equal(t, content, came)

	kept, err := album.Accept(t.Context(), "pho_1")
	require.NoError(t, err)
	_, there := read(t, album, "pho_1")
	assert.Equal(t, kept, there)
	for range 2 {
		require.NoError(t, album.Forget(t.Context(), "pho_1"))
	}
	assert.Len(t, place.Names(t), 1)
	again, err := album.Accept(t.Context(), "pho_1")
	require.NoError(t, err, "who died before it was written down asks again")
	assert.Equal(t, kept, again)
}

func onlyWhatWasAnnounced(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	album, content := Album(t, place.Driver), PNG(t, 40, 30)
	good := invited(t, album, "pho_1", content)
	other := invited(t, album, "pho_2", content)
	for name, c := range map[string]struct {
		to      photo.Invitation
		content []byte
	}{
		"a byte more": {good, append(bytes.Clone(content), 0)},
		"a byte less": {good, content[:len(content)-1]},
		"nothing":     {good, nil},
		"another content type": {photo.Invitation{
			Method: good.Method, URL: good.URL, Headers: []photo.Header{{Name: "Content-Type", Value: "text/html"}},
		}, content},
		"another photo's": {photo.Invitation{
			Method: good.Method, URL: string(bytes.Replace([]byte(other.URL), []byte("pho_2"), []byte("pho_1"), 1)), Headers: good.Headers,
		}, content},
		"a signature of another kind": {photo.Invitation{Method: good.Method, URL: good.URL[:len(good.URL)-3], Headers: good.Headers}, content},
	} {
		assert.False(t, place.Send(t, c.to, c.content), name)
	}
	assert.Empty(t, place.Names(t))
	_, err := album.Invite(t.Context(), photo.Upload{ID: "../pho_1", ContentType: "image/png", Bytes: 1, For: time.Minute})
	require.Error(t, err)
}

func sentRubbish(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	album, content := Album(t, place.Driver), []byte("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
	require.True(t, place.Send(t, invited(t, album, "pho_1", content), content), "it is not looked at yet")
	_, err := album.Accept(t.Context(), "pho_1")
	assert.Equal(t, fault.CodePhoto, fault.From(err).Code)
	requireMissing(t, album, "pho_1")
	assert.Len(t, place.Names(t), 1, "the quarantined one alone")
}

func sweptAway(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	album, content := Album(t, place.Driver), PNG(t, 40, 30)
	_, err := album.Put(t.Context(), "pho_1", bytes.NewReader(content))
	require.NoError(t, err)
	require.True(t, place.Send(t, invited(t, album, "pho_2", content), content))
	require.NoError(t, album.Sweep(t.Context(), place.Now().Add(-time.Hour)))
	assert.Len(t, place.Names(t), 2, "it has just come")
	require.NoError(t, album.Sweep(t.Context(), place.Now().Add(time.Hour)))
	assert.Len(t, place.Names(t), 1)
	read(t, album, "pho_1")
	_, err = place.Driver.Arrived(t.Context(), "pho_2")
	require.ErrorIs(t, err, photo.ErrMissing)
}
