package s3

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
)

// Config is where photos are.
type Config struct {
	Bucket string
	Prefix string // "", or ends with "/"
	Region string
	Access Access

	host   string
	secure bool
	lookup minio.BucketLookupType
}

// Access is what requests are signed with. It comes from the environment, never with an address.
type Access struct {
	KeyID, Secret string
	Token         string // of a session; "" where there is none
}

// amazon is the store where no endpoint is named.
const amazon = "https://s3.amazonaws.com"

// Scheme begins every address.
const Scheme = "s3://"

// Parse reads s3://BUCKET[/PREFIX]?region=REGION[&endpoint=https://HOST[:PORT]]. Amazon's own store is meant without an
// endpoint; with one, the bucket is in the path.
func Parse(address string, access Access) (Config, error) {
	at, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, Scheme) || at.Host == "" || at.User != nil || at.Fragment != "" {
		return Config{}, errors.New("the photos' store is s3://BUCKET[/PREFIX]?region=REGION[&endpoint=https://HOST]")
	}
	with, err := url.ParseQuery(at.RawQuery)
	if err != nil {
		return Config{}, errors.New("the photos' store has parameters that cannot be read")
	}
	for name, values := range with {
		if (name != "region" && name != "endpoint") || len(values) != 1 {
			return Config{}, fmt.Errorf("the photos' store takes region and endpoint, once each, and not %s", name)
		}
	}
	if access.KeyID == "" || access.Secret == "" {
		return Config{}, errors.New("the photos' store needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	c := Config{Bucket: at.Host, Region: with.Get("region"), Access: access}
	if prefix := strings.Trim(at.Path, "/"); prefix != "" {
		c.Prefix = prefix + "/"
	}
	if c.Region == "" {
		return Config{}, errors.New("the photos' store needs a region: ?region=us-east-1, say")
	}
	err = c.reach(with.Get("endpoint"))
	return c, err
}

// reach sets where the store is.
func (c *Config) reach(endpoint string) error {
	c.lookup = minio.BucketLookupPath
	if endpoint == "" {
		endpoint, c.lookup = amazon, minio.BucketLookupAuto
	}
	at, err := url.Parse(endpoint)
	if err != nil || at.Host == "" || (at.Scheme != "https" && at.Scheme != "http") || endpoint != at.Scheme+"://"+at.Host {
		return errors.New("the photos' store: endpoint needs a scheme and a host and nothing behind them, such as https://s3.example.com")
	}
	c.host, c.secure = at.Host, at.Scheme == "https"
	return nil
}
