// Package s3 keeps photos in a bucket of any store that speaks S3: each is one object, with what is known of it in the
// object's own metadata. Clients send their uploads to the store itself, by signed addresses, under a prefix where nothing
// is ever shown from: whatever comes is fetched, checked and encoded anew before there is a photo.
//
// An object is there whole or not at all, and is never replaced: it is written on the condition that there is none.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/vysero/returns/internal/photo"
)

// Folders under the prefix.
const (
	shown       = "photos/"
	quarantined = "quarantine/"
)

// Driver keeps photos in a bucket. It is safe for many goroutines and processes.
type Driver struct {
	client  *minio.Client
	config  Config
	scratch string
}

var (
	_ photo.Driver = (*Driver)(nil)
	_ photo.Direct = (*Driver)(nil)
)

// New reaches for the store; nothing is asked of it yet. scratch is a folder for files that are on their way; the machine's
// own for temporary ones where it is empty.
func New(c Config, scratch string) (*Driver, error) {
	client, err := minio.New(c.host, &minio.Options{
		Creds: credentials.NewStaticV4(c.Access.KeyID, c.Access.Secret, c.Access.Token), Secure: c.secure, Region: c.Region,
		BucketLookup: c.lookup, MaxRetries: 3,
	})
	if err != nil {
		return nil, fmt.Errorf("reach the photos' store: %w", err)
	}
	return &Driver{client: client, config: c, scratch: scratch}, nil
}

// Ready asks the store for the bucket: a wrong name or key is better known at the start.
func (d *Driver) Ready(ctx context.Context) error {
	there, err := d.client.BucketExists(ctx, d.config.Bucket)
	if err != nil {
		return fmt.Errorf("the bucket %s cannot be asked for: %w", d.config.Bucket, err)
	}
	if !there {
		return fmt.Errorf("there is no bucket %s", d.config.Bucket)
	}
	return nil
}

// Begin opens a file of this machine: a store's objects cannot be read while they are written.
func (d *Driver) Begin(ctx context.Context) (photo.Draft, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(d.scratch, "photo-*")
	if err != nil {
		return nil, fmt.Errorf("begin photo: %w", err)
	}
	_ = os.Remove(file.Name()) // nobody else needs to find it, and a crash leaves nothing; where it must stay, Discard removes it
	return &draft{File: file, driver: d}, nil
}

// Open reads a picture; one that is not as long as it was is an error.
func (d *Driver) Open(ctx context.Context, id string) (io.ReadCloser, photo.Meta, error) {
	object, info, err := d.get(ctx, shown, id)
	if err != nil {
		return nil, photo.Meta{}, err
	}
	meta, err := metaOf(info)
	if err != nil {
		return nil, photo.Meta{}, errors.Join(fmt.Errorf("read photo: %w", err), object.Close())
	}
	return object, meta, nil
}

// Remove deletes a picture's object.
func (d *Driver) Remove(ctx context.Context, id string) error { return d.remove(ctx, shown, id) }

// Arrived reads what a client has sent.
func (d *Driver) Arrived(ctx context.Context, id string) (io.ReadCloser, error) {
	object, _, err := d.get(ctx, quarantined, id)
	if err != nil {
		return nil, err
	}
	return object, nil
}

// Forget deletes what a client has sent.
func (d *Driver) Forget(ctx context.Context, id string) error { return d.remove(ctx, quarantined, id) }

// Sweep deletes what clients sent before the instant.
func (d *Driver) Sweep(ctx context.Context, before time.Time) (int, error) {
	swept := 0
	listed := d.client.ListObjects(ctx, d.config.Bucket, minio.ListObjectsOptions{Prefix: d.config.Prefix + quarantined, Recursive: true})
	for object := range listed {
		if object.Err != nil {
			return swept, fmt.Errorf("sweep photos: %w", object.Err)
		}
		if !object.LastModified.Before(before) {
			continue
		}
		if err := d.client.RemoveObject(ctx, d.config.Bucket, object.Key, minio.RemoveObjectOptions{}); err != nil {
			return swept, fmt.Errorf("sweep photos: %w", err)
		}
		swept++
	}
	return swept, ctx.Err()
}

// Invite signs an address that takes one object of just this size and content type into the quarantine.
func (d *Driver) Invite(ctx context.Context, u photo.Upload) (photo.Invitation, error) {
	if !plain(u.ID) {
		return photo.Invitation{}, fmt.Errorf("invite photo: %q is no name", u.ID)
	}
	signed := http.Header{"Content-Type": {u.ContentType}, "Content-Length": {strconv.FormatInt(u.Bytes, 10)}}
	address, err := d.client.PresignHeader(ctx, http.MethodPut, d.config.Bucket, d.config.Prefix+quarantined+u.ID, u.For, nil, signed)
	if err != nil {
		return photo.Invitation{}, fmt.Errorf("invite photo: %w", err)
	}
	return photo.Invitation{
		Method: http.MethodPut, URL: address.String(), Headers: []photo.Header{{Name: "Content-Type", Value: u.ContentType}},
	}, nil
}

func (d *Driver) get(ctx context.Context, folder, id string) (*minio.Object, minio.ObjectInfo, error) {
	if !plain(id) {
		return nil, minio.ObjectInfo{}, photo.ErrMissing
	}
	object, err := d.client.GetObject(ctx, d.config.Bucket, d.config.Prefix+folder+id, minio.GetObjectOptions{})
	if err != nil {
		return nil, minio.ObjectInfo{}, fmt.Errorf("read photo: %w", err)
	}
	info, err := object.Stat()
	if err == nil {
		return object, info, nil
	}
	_ = object.Close() // the other error tells more
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound && minio.ToErrorResponse(err).Code != minio.NoSuchBucket {
		return nil, info, photo.ErrMissing
	}
	return nil, info, fmt.Errorf("read photo: %w", err)
}

func (d *Driver) remove(ctx context.Context, folder, id string) error {
	if !plain(id) {
		return ctx.Err()
	}
	if err := d.client.RemoveObject(ctx, d.config.Bucket, d.config.Prefix+folder+id, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("remove photo: %w", err)
	}
	return nil
}

// The metadata of an object.
const (
	width  = "Width"
	height = "Height"
	digest = "Sha256"
)

func metaOf(info minio.ObjectInfo) (photo.Meta, error) {
	meta := photo.Meta{ContentType: info.ContentType, Bytes: info.Size, SHA256: info.UserMetadata[digest]}
	var wrong [2]error
	meta.Width, wrong[0] = strconv.Atoi(info.UserMetadata[width])
	meta.Height, wrong[1] = strconv.Atoi(info.UserMetadata[height])
	return meta, errors.Join(wrong[:]...)
}

// draft is a file of this machine, which nobody else knows.
type draft struct {
	*os.File

	driver *Driver
	done   bool
}

// Keep writes the object, where there is none. The store answers once it has it whole.
func (d *draft) Keep(ctx context.Context, id string, meta photo.Meta) error {
	if !plain(id) {
		return fmt.Errorf("keep photo: %q is no name", id)
	}
	options := minio.PutObjectOptions{
		ContentType: meta.ContentType, DisableMultipart: true, UserMetadata: map[string]string{
			width: strconv.Itoa(meta.Width), height: strconv.Itoa(meta.Height), digest: meta.SHA256,
		},
	}
	options.SetMatchETagExcept("*")
	config := d.driver.config
	_, err := d.driver.client.PutObject(ctx, config.Bucket, config.Prefix+shown+id, io.NewSectionReader(d.File, 0, meta.Bytes), meta.Bytes, options)
	switch minio.ToErrorResponse(err).StatusCode {
	case http.StatusPreconditionFailed, http.StatusConflict:
		return photo.ErrTaken
	}
	if err != nil {
		return fmt.Errorf("keep photo: %w", err)
	}
	return d.Discard()
}

// Discard lets go of the file.
func (d *draft) Discard() error {
	if d.done {
		return nil
	}
	d.done = true
	err := d.Close()
	if removed := os.Remove(d.Name()); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}

// plain tells whether an id is one name. photo.Album allows less.
func plain(id string) bool {
	return fs.ValidPath(id) && !strings.HasPrefix(id, ".") && !strings.Contains(id, "/")
}
