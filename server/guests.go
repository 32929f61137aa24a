package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/guests"
	"github.com/vysero/returns/internal/notify"
	mailbox "github.com/vysero/returns/internal/notify/sandbox"
	"github.com/vysero/returns/internal/notify/smtp"
)

// guestFlags say how people without an account are sent links to their orders.
type guestFlags struct {
	Page  string        `name:"link-url" env:"LINK_URL" placeholder:"URL" help:"The storefront's page to which links to single orders lead. (${env})"`
	Valid time.Duration `name:"link-valid" env:"LINK_VALID" default:"30m" help:"How long such a link works. (${env}, default ${default})"`
	From  string        `name:"mail-from" env:"MAIL_FROM" placeholder:"SENDER" help:"Who mails come from: Shop <returns@example.com>. (${env})"`
}

// The environment of guests' links: what is secret has no place on a command line.
const (
	linkSecretName    = "LINK_SECRET"
	mailServerName    = "SMTP_URL"
	mailAuthorityName = "SMTP_CA_FILE"
)

// The bounds of how long a link works: time to read a mail, and no longer than a day.
const (
	shortestLink = time.Minute
	longestLink  = 24 * time.Hour
)

// sound refuses a page that no token can be put behind, and times that no mail can tell.
func (g guestFlags) sound() error {
	if g.Valid < shortestLink || g.Valid > longestLink || g.Valid%time.Minute != 0 {
		return fmt.Errorf("--link-valid must be in whole minutes, from 1m to 24h, not %s", g.Valid)
	}
	if g.Page == "" {
		return nil
	}
	at, err := url.Parse(g.Page)
	if err != nil || at.Host == "" || at.User != nil || strings.ContainsAny(g.Page, "# <>\"") || len(g.Page) > 400 {
		return errors.New("--link-url needs a page without a fragment, such as https://shop.example.com/returns")
	}
	if at.Scheme != "https" && (at.Scheme != "http" || !loopback(at.Hostname())) {
		return errors.New("--link-url must begin with https://: whoever reads a link on its way has it")
	}
	return nil
}

// linkSecrets are what links are signed with: one, or two while they are changed, the new one first, with a comma or a line's
// end between them; in development from a file that is made at first use. None at all is no error.
func (p program) linkSecrets(at place, development bool) ([][]byte, error) {
	text, _ := p.env(linkSecretName)
	var secrets [][]byte
	for _, secret := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if secret = strings.TrimSpace(secret); secret != "" {
			secrets = append(secrets, []byte(secret))
		}
	}
	if len(secrets) > 0 || !development {
		return secrets, nil
	}
	made, err := madeSecret(filepath.Join(at.folder(), "demo-link-secret"))
	return [][]byte{made}, err
}

// links are what links are verified with; nil where there is no secret. They live by the wall clock, as tokens do.
func (c serveCmd) links(p program) (*auth.Links, error) {
	secrets, err := p.linkSecrets(c.Place, c.Demo)
	if err != nil || len(secrets) == 0 {
		return nil, err
	}
	links, err := auth.NewLinks(secrets, p.now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", linkSecretName, err)
	}
	return links, nil
}

// offer lets guests be sent links, where everything is set that this needs. Where it is not the log says so, and asking for
// a link is answered with an error.
func (c serveCmd) offer(p program, s *site) (*guests.Offer, error) {
	server, _ := p.env(mailServerName)
	if c.Demo {
		server = ""
	}
	if unset := c.unset(server, s.links); len(unset) > 0 {
		if server == "" {
			s.log.Warn("no mail can be sent: there is no mail server", "unset", mailServerName)
		}
		s.log.Warn("guests cannot be sent links to their orders", "unset", strings.Join(unset, " "))
		return nil, nil //nolint:nilnil // no offer is an answer
	}
	driver, err := c.mailDriver(p, s, server)
	if err != nil {
		return nil, err
	}
	from, page := c.Guests.From, c.Guests.Page
	if c.Demo && from == "" {
		from = "Vysero <returns@demo.example>"
	}
	if c.Demo && page == "" {
		page = "http://" + c.Addr + "/"
	}
	mailer, err := notify.New(driver, from)
	if err != nil {
		return nil, fmt.Errorf("--mail-from: %w", err)
	}
	return &guests.Offer{Links: s.links, Mail: mailer, Words: s.words, Now: p.now, Page: page, Valid: c.Guests.Valid}, nil
}

// unset names the settings that links need and that are missing; the demo needs none.
func (c serveCmd) unset(server string, links *auth.Links) []string {
	var names []string
	for name, set := range map[string]bool{
		linkSecretName: links != nil, "LINK_URL": c.Guests.Page != "", mailServerName: server != "", "MAIL_FROM": c.Guests.From != "",
	} {
		if !set && !c.Demo {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// mailDriver is the shop's mail server, or, in the demo, a folder: nothing leaves the machine.
func (c serveCmd) mailDriver(p program, s *site, server string) (notify.Driver, error) {
	if c.Demo {
		folder := c.Place.beside("mails")
		box, err := mailbox.Open(folder, newIDs(p.now).bare)
		if err != nil {
			return nil, fmt.Errorf("the folder of mails cannot be opened: %w", err)
		}
		s.app.closers = append(s.app.closers, box.Close)
		s.log.Info("mails are not sent: each is a file", "folder", folder)
		return box, nil
	}
	settings, err := smtp.Read(server)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", mailServerName, err)
	}
	if settings.Roots, err = p.mailAuthorities(); err != nil {
		return nil, err
	}
	return smtp.New(settings)
}

// mailAuthorities vouch for the mail server, where it has a certificate that no machine trusts by itself; nil where nobody
// named any.
func (p program) mailAuthorities() (*x509.CertPool, error) {
	path, _ := p.env(mailAuthorityName)
	if path == "" {
		return nil, nil //nolint:nilnil // the machine's own
	}
	text, err := os.ReadFile(path) //nolint:gosec // whoever runs the program names it
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", mailAuthorityName, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", mailAuthorityName)
	}
	return pool, nil
}

// guest tells who came by a link to one order; nobody where its customer was erased since it was mailed.
func (f *front) guest(ctx context.Context, token string) (who auth.Principal, came bool, err error) {
	if f.links == nil {
		return auth.Principal{}, false, nil
	}
	to, err := f.links.Verify(token)
	if err != nil {
		return auth.Principal{}, false, nil //nolint:nilerr // it is another kind of token, or none
	}
	known, err := f.db.Client.Customer.Query().Where(customer.ID(to.CustomerID), customer.ErasedAtIsNil()).Exist(auth.AsSystem(ctx))
	if err == nil && !known {
		err = auth.Unauthenticated()
	}
	return auth.Guest(to), true, err
}
