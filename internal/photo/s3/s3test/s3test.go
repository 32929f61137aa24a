// Package s3test starts a real S3 server for tests, before a folder of this machine.
package s3test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/leftout"
)

// versitygw is an S3 server before a folder: it verifies signatures, and knows conditions.
const serverModule = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// requireServer is the variable that turns the absence of an S3 server into a failure.
const requireServer = "REQUIRE_S3"

// What a server knows.
const (
	Region = "us-east-1"
	KeyID  = "the-photos-key"
	Secret = "the photos' secret"
)

// Start starts an S3 server that ends with the test, and gives its address; false where it cannot be had, which is said aloud.
func Start(t testing.TB) (string, bool) {
	t.Helper()
	program, err := build(t)
	if err != nil {
		leftout.Say(t, requireServer, "photos in object storage (versitygw, by the module proxy)", err)
		return "", false
	}
	dir, err := os.MkdirTemp("", "s3-*") //nolint:usetesting // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	for _, folder := range []string{"objects", "notes"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, folder), 0o700))
	}
	socket := filepath.Join(dir, "s3.sock")
	running := exec.Command(program, //nolint:gosec,noctx // it was just built, and is killed in the end
		"--port", socket, "posix", "--sidecar", filepath.Join(dir, "notes"), filepath.Join(dir, "objects"))
	running.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+KeyID, "ROOT_SECRET_KEY="+Secret)
	out, err := running.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, running.Start())
	t.Cleanup(func() {
		assert.NoError(t, running.Process.Kill())
		_ = running.Wait() // it was killed
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "listening on") {
		continue
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // it goes on talking
	return "http://" + leading(t, socket), true
}

// build builds it into a folder of its own, from the module cache or the module proxy: it is no dependency of ours.
func build(t testing.TB) (string, error) {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "go", "install", "-trimpath", serverModule)
	install.Dir = dir
	install.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
	if said, err := install.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(said)))
	}
	return filepath.Join(dir, "versitygw"), nil
}

// leading is a port of this machine that leads to a socket: the system chooses it, and nobody else gets it in between.
func leading(t testing.TB, socket string) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, listener.Close()) })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := (&net.Dialer{}).DialContext(t.Context(), "unix", socket)
			if err != nil {
				_ = from.Close()
				continue
			}
			go join(to, from)
			go join(from, to)
		}
	}()
	return listener.Addr().String()
}

// join copies until one of them ends, which ends both.
func join(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_, _ = to.Close(), from.Close()
}

// Bucket makes a bucket.
func Bucket(t testing.TB, address, name string) {
	t.Helper()
	require.NoError(t, Client(t, address).MakeBucket(t.Context(), name, minio.MakeBucketOptions{}))
}

// Names lists the keys of all objects of a bucket.
func Names(t testing.TB, address, bucket string) []string {
	t.Helper()
	var all []string
	for object := range Client(t, address).ListObjects(t.Context(), bucket, minio.ListObjectsOptions{Recursive: true}) {
		require.NoError(t, object.Err)
		all = append(all, object.Key)
	}
	return all
}

// Client is the store as its owner sees it.
func Client(t testing.TB, address string) *minio.Client {
	t.Helper()
	client, err := minio.New(strings.TrimPrefix(address, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4(KeyID, Secret, ""), Region: Region,
	})
	require.NoError(t, err)
	return client
}
