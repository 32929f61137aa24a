package photo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"time"
)

// MinSecret is the shortest secret, in bytes, that Keys take: as long as the hash.
const MinSecret = sha256.Size

// How long a signed address is good.
const (
	ViewFor = 5 * time.Minute  // to look at a picture
	SendFor = 15 * time.Minute // to send one
)

// Keys sign the addresses of pictures and of uploads, with HMAC-SHA256: whoever has one needs no token for it.
type Keys struct {
	secrets [][]byte // the first one signs, each of them is good
	base    string   // what the world puts before a path, such as https://returns.example.com; "" where nobody said
	now     func() time.Time
}

// NewKeys takes the secrets, each of at least MinSecret bytes: the one that signs, and the one before it while they are
// changed. base comes before every path; without it addresses are of this server, and begin with "/". now is the wall clock.
func NewKeys(base string, now func() time.Time, secrets ...[]byte) (*Keys, error) {
	if len(secrets) == 0 {
		return nil, errors.New("photos need a secret")
	}
	for _, secret := range secrets {
		if len(secret) < MinSecret {
			return nil, fmt.Errorf("the photos' secret has %d bytes, at least %d are needed", len(secret), MinSecret)
		}
	}
	return &Keys{secrets: secrets, base: base, now: now}, nil
}

// Paths of this server, each followed by the photo's id.
const (
	ViewPath = "/photos/"
	SendPath = "/photos/uploads/"
)

// The names of an address' parameters.
const (
	expires   = "expires"
	signature = "signature"
)

// View is the address at which a picture can be seen by whoever has it, for ViewFor.
func (k *Keys) View(id string) string {
	return k.address(ViewPath+id, k.now().Add(ViewFor), url.Values{})
}

// MayView tells whether the parameters of an address allow to see the picture, now.
func (k *Keys) MayView(id string, with url.Values) bool { return k.holds(ViewPath+id, with, nil) }

// send is the address at which this server takes an upload: its size and its content type are signed with it.
func (k *Keys) send(u Upload) string { return k.address(SendPath+u.ID, k.now().Add(u.For), u.terms()) }

// maySend gives the upload that the parameters of an address allow to send, now.
func (k *Keys) maySend(id string, with url.Values) (Upload, bool) {
	size, err := strconv.ParseInt(with.Get("bytes"), 10, 64)
	u := Upload{ID: id, ContentType: with.Get("type"), Bytes: size}
	return u, err == nil && k.holds(SendPath+id, with, u.terms())
}

func (k *Keys) address(path string, until time.Time, terms url.Values) string {
	at := strconv.FormatInt(until.Unix(), 10)
	sum := sign(k.secrets[0], path, at, terms.Encode())
	with := url.Values{expires: {at}, signature: {base64.RawURLEncoding.EncodeToString(sum)}}
	maps.Copy(with, terms)
	return k.base + path + "?" + with.Encode()
}

func (k *Keys) holds(path string, with, terms url.Values) bool {
	at := with.Get(expires)
	until, err := strconv.ParseInt(at, 10, 64)
	said, wrong := base64.RawURLEncoding.Strict().DecodeString(with.Get(signature))
	if err != nil || wrong != nil || k.now().Unix() >= until {
		return false
	}
	for _, secret := range k.secrets {
		if hmac.Equal(said, sign(secret, path, at, terms.Encode())) {
			return true
		}
	}
	return false
}

// sign is the HMAC of parts, each after its length, so that no two lists are signed alike.
func sign(secret []byte, parts ...string) []byte {
	sum := hmac.New(sha256.New, secret)
	for _, part := range parts {
		_, _ = fmt.Fprintf(sum, "%d:%s", len(part), part) // a hash takes everything
	}
	return sum.Sum(nil)
}
