package photo_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/disk"
)

// FuzzAddress looks for an address that lets somebody see a picture, or send one, and that nobody was given: of all ids and
// parameters only those that were signed do.
func FuzzAddress(f *testing.F) {
	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	keys, err := photo.NewKeys("", func() time.Time { return noon }, []byte(strings.Repeat("s", photo.MinSecret)))
	require.NoError(f, err)
	driver, err := disk.Open(f.TempDir(), func() string { return "1" })
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, driver.Close()) })
	album := photo.New(driver, keys)
	invitation, err := album.Invite(f.Context(), photo.Upload{ID: "pho_1", ContentType: "image/jpeg", Bytes: 5, For: photo.SendFor})
	require.NoError(f, err)
	given := map[bool]url.Values{}
	for send, address := range map[bool]string{false: keys.View("pho_1"), true: invitation.URL} {
		at, err := url.Parse(address)
		require.NoError(f, err)
		given[send] = at.Query()
		for _, id := range []string{"pho_1", "uploads/pho_1", "pho_2", "pho_1/", "", "../pho_1"} {
			f.Add(id, at.RawQuery)
		}
		f.Add("pho_1", at.RawQuery+"%0A")
		f.Add("pho_1", strings.Replace(at.RawQuery, "bytes=5", "bytes=%2B5", 1))
		f.Add("pho_1", "expires=99999999999999999999&"+at.RawQuery)
	}
	f.Add("pho_1", "expires=9223372036854775807&signature=&type=&bytes=-1")
	f.Fuzz(func(t *testing.T, id, query string) {
		with, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for send, may := range map[bool]bool{false: keys.MayView(id, with), true: album.MaySend(id, with)} {
			if !may {
				continue
			}
			require.Equal(t, "pho_1", id)
			for name := range given[send] { // base64 passes over the ends of lines, and a number may have a sign
				require.Equal(t, given[send].Get(name), strings.NewReplacer("\n", "", "\r", "", "+", "").Replace(with.Get(name)), name)
			}
		}
	})
}
