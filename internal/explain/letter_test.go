package explain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/explain"
)

func TestTheMailWithALinkSaysWhatItIsForAndHowLongItWorks(t *testing.T) {
	t.Parallel()
	e, err := explain.New()
	require.NoError(t, err)
	link := explain.Link{Shop: "Vysero", Order: "1001", Address: "https://shop.example/returns#token=abc", Minutes: 30}
	assert.Equal(t, explain.Letter{Subject: "Vysero: your link to order 1001", Text: `Somebody asked for a link to order 1001 with this e-mail address.
With this link you see the order and its returns, and can ask for a return:

https://shop.example/returns#token=abc

It works for 30 minutes and for this order alone. Do not pass it on.
If it has expired, ask for another one where you asked for this one.

If it was not you, you need not do anything. Whoever asked has not seen this link.

Vysero
`}, e.Link(link, "en"))
	spanish := e.Link(link, "es-MX")
	assert.Equal(t, "Vysero: tu enlace al pedido 1001", spanish.Subject)
	assert.Contains(t, spanish.Text, "\n\nhttps://shop.example/returns#token=abc\n\nFunciona durante 30 minutos")

	link.Shop, link.Minutes = "", 1
	plain := e.Link(link, "fr")
	assert.Equal(t, "Your link to order 1001", plain.Subject)
	assert.Contains(t, plain.Text, "It works for 1 minute and")
	assert.Regexp(t, `has not seen this link.\n$`, plain.Text)
}

func TestANumberIsNoTemplateAndNoMarkup(t *testing.T) {
	t.Parallel()
	e, err := explain.New()
	require.NoError(t, err)
	got := e.Link(explain.Link{Order: "{{.Shop}}<b>&1", Shop: "A & B", Address: "https://shop.example/#token=abc", Minutes: 5}, "en")
	assert.Equal(t, "A & B: your link to order {{.Shop}}<b>&1", got.Subject)
}
