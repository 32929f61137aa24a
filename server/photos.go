package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/disk"
	"github.com/vysero/returns/internal/photo/s3"
)

// storeFlags are where photos are: for every command that opens or deletes one.
type storeFlags struct {
	Store string `env:"PHOTO_STORE" placeholder:"URL" help:"s3://BUCKET/PREFIX?region=…&endpoint=https://…; else it is the data folder. (${env})"`
}

// photoFlags are where photos are, and for how long.
type photoFlags struct {
	storeFlags

	Retention time.Duration `env:"PHOTO_RETENTION" placeholder:"TIME" help:"How long after a return's end, such as 8760h; else for ever. (${env})"`
}

// photoConfig is what photos are opened with.
type photoConfig struct {
	keep    time.Duration
	store   *s3.Config // nil is a folder
	secrets [][]byte   // none is one of its own in the data folder
	base    string     // how the world calls this server; "" where nobody said
	now     func() time.Time
}

// The environment of photos: what is secret has no place on a command line.
const (
	photoSecret = "PHOTO_SECRET"
	keyIDName   = "AWS_ACCESS_KEY_ID"
	keyName     = "AWS_SECRET_ACCESS_KEY"
	sessionName = "AWS_SESSION_TOKEN"
)

// shortestRetention keeps a wrong unit from removing the photos of a case that is still talked about.
const shortestRetention = 24 * time.Hour

// config reads the environment for what has no place on a command line.
func (f photoFlags) config(p program, base string) (photoConfig, error) {
	if f.Retention != 0 && f.Retention < shortestRetention {
		return photoConfig{}, fmt.Errorf("--photo-retention is at least %s, not %s", shortestRetention, f.Retention)
	}
	c := photoConfig{keep: f.Retention, secrets: p.photoSecrets(), base: base, now: p.now}
	if f.Store == "" {
		return c, nil
	}
	if len(c.secrets) == 0 {
		return photoConfig{}, fmt.Errorf("photos in object storage need %s: all servers sign addresses with it", photoSecret)
	}
	var access s3.Access
	access.KeyID, _ = p.env(keyIDName)
	access.Secret, _ = p.env(keyName)
	access.Token, _ = p.env(sessionName)
	store, err := s3.Parse(f.Store, access)
	if err != nil {
		return photoConfig{}, err
	}
	c.store = &store
	return c, nil
}

// photoSecrets are what addresses of photos are signed with: one to a line, or with a space between them; the first signs.
func (p program) photoSecrets() [][]byte {
	text, _ := p.env(photoSecret)
	return bytes.Fields([]byte(text))
}

// album opens the photos.
func (a *App) album(ctx context.Context, c Config, made *ids) (*photo.Album, error) {
	secrets := c.Photos.secrets
	if len(secrets) == 0 {
		own, err := madeSecret(filepath.Join(c.Place.folder(), "photo-secret"))
		if err != nil {
			return nil, err
		}
		secrets = [][]byte{own}
	}
	keys, err := photo.NewKeys(c.Photos.base, c.Photos.now, secrets...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", photoSecret, err)
	}
	if c.Photos.store != nil {
		bucket, err := s3.New(*c.Photos.store, "")
		if err != nil {
			return nil, err
		}
		return photo.New(bucket, keys), bucket.Ready(ctx)
	}
	folder, err := disk.Open(c.Place.beside("photos"), made.bare)
	if err != nil {
		return nil, fmt.Errorf("the folder of photos cannot be opened: %w", err)
	}
	a.closers = append(a.closers, folder.Close)
	return photo.New(folder, keys), nil
}
