package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/vysero/returns/internal/policy"
)

func TestDaysLeftCountsTodayAndEndsWithTheLastDay(t *testing.T) {
	t.Parallel()
	const pacific, havana = "America/Los_Angeles", "America/Havana"
	for _, c := range []struct {
		name, before, zone, now string
		days                    int
		last                    string
	}{
		{"the last nanosecond", "2026-04-01T00:00:00-07:00", pacific, "2026-03-31T23:59:59.999999999-07:00", 1, "2026-03-31"},
		{"the end", "2026-04-01T00:00:00-07:00", pacific, "2026-04-01T00:00:00-07:00", 0, "2026-03-31"},
		{"long over", "2026-04-01T00:00:00-07:00", pacific, "2027-04-01T00:00:00-07:00", 0, "2026-03-31"},
		{"the first moment of the last day", "2026-04-01T00:00:00-07:00", pacific, "2026-03-31T00:00:00-07:00", 1, "2026-03-31"},
		{"the day before", "2026-04-01T00:00:00-07:00", pacific, "2026-03-30T23:59:59-07:00", 2, "2026-03-31"},
		{"told in UTC", "2026-04-01T07:00:00Z", pacific, "2026-04-01T06:59:59Z", 1, "2026-03-31"},
		{"over a change of the clocks", "2026-03-09T00:00:00-07:00", pacific, "2026-03-07T23:00:00-08:00", 2, "2026-03-08"},
		{"over a leap day", "2028-03-02T00:00:00-08:00", pacific, "2028-02-28T12:00:00-08:00", 3, "2028-03-01"},
		{"where midnight does not exist", "2026-03-08T01:00:00-04:00", havana, "2026-03-07T23:59:59-05:00", 1, "2026-03-07"},
		{"a zone that is not known: as the instant is written", "2026-04-01T00:00:00+02:00", "", "2026-03-31T12:00:00+02:00", 1, "2026-03-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := policy.Deadline{Before: instant(t, c.before), Zone: c.zone}
			assert.Equal(t, c.days, d.DaysLeft(instant(t, c.now)))
			assert.Equal(t, c.last, d.LastDay())

			d.AsOf = instant(t, c.now)
			assert.Equal(t, c.days, d.DaysLeft(time.Time{}), "the instant that was asked for goes before now")
		})
	}
}

func TestAPreviewsDaysAreCountedFromItsDateAndAReturnsFromNow(t *testing.T) {
	t.Parallel()
	f := request(t, policy.ChangeOfHeart, "2026-03-30T09:00:00-07:00")
	now := instant(t, "2026-04-05T09:00:00-07:00")
	assert.Equal(t, 2, policy.Decide(policy.Default(), f).RequestBefore.DaysLeft(now))
	assert.Equal(t, 7, policy.Decide(policy.Default(), f).HandOverBefore.DaysLeft(now))
	assert.Equal(t, 1, policy.HandOverBefore(policy.Default(), f).DaysLeft(now))
}

func TestTheRefundIsDueFromTheLaterOfReceivedAndInspected(t *testing.T) {
	t.Parallel()
	early, late := instant(t, "2026-03-25T11:00:00-07:00"), instant(t, "2026-03-27T16:00:00-07:00")
	for _, order := range [][2]time.Time{{early, late}, {late, early}} {
		due := policy.RefundBefore(policy.Default(), order[0], order[1])
		sameEnd(t, "2026-04-04T00:00:00-07:00", &due)
		assert.Equal(t, "America/Los_Angeles", due.Zone)
	}
}

func TestTheRefundIsDueByTheCalendarOfTheTerms(t *testing.T) {
	t.Parallel()
	received := instant(t, "2026-07-01T09:00:00-07:00")
	for _, c := range []struct {
		changes []string
		want    string
	}{
		{nil, "2026-07-10T00:00:00-07:00"},
		{[]string{"holidays: NONE"}, "2026-07-09T00:00:00-07:00"},
		{[]string{"holidays: NONE", "furtherHolidays: [2026-07-02, 2026-07-06]"}, "2026-07-11T00:00:00-07:00"},
		{[]string{"refundBusinessDays: 1"}, "2026-07-03T00:00:00-07:00"},
		{[]string{"refundBusinessDays: 0"}, "2026-07-02T00:00:00-07:00"},
		{[]string{"zone: Asia/Tokyo"}, "2026-07-11T00:00:00+09:00"},
	} {
		due := policy.RefundBefore(terms(t, c.changes...), received, received)
		sameEnd(t, c.want, &due)
	}
}
