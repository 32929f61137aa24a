package calendar_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/calendar"
)

func zone(t require.TestingT, name string) *time.Location {
	found, err := calendar.Zone(name)
	require.NoError(t, err)
	return found
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	return at
}

func TestDayEndIsTheMidnightAfterTheLastDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, event string
		days              int
		want              string
	}{
		{"the day after is day 1", "Europe/Berlin", "2026-06-01T23:59:59.999999999+02:00", 1, "2026-06-03T00:00:00+02:00"},
		{"the first moment of a day belongs to it", "Europe/Berlin", "2026-06-02T00:00:00+02:00", 1, "2026-06-04T00:00:00+02:00"},
		{"no day is the end of today", "Europe/Berlin", "2026-06-01T12:00:00+02:00", 0, "2026-06-02T00:00:00+02:00"},
		{"the day is the zone's, not UTC's", "America/Los_Angeles", "2026-03-02T05:00:00Z", 30, "2026-04-01T00:00:00-07:00"},
		{"over the clock change in spring", "America/Los_Angeles", "2026-03-07T12:00:00-08:00", 1, "2026-03-09T00:00:00-07:00"},
		{"over the clock change in autumn", "America/Los_Angeles", "2026-10-31T12:00:00-07:00", 1, "2026-11-02T00:00:00-08:00"},
		{"over a leap day", "America/New_York", "2028-02-19T12:00:00-05:00", 10, "2028-03-01T00:00:00-05:00"},
		{"without a leap day", "America/New_York", "2026-02-19T12:00:00-05:00", 10, "2026-03-02T00:00:00-05:00"},
		{"over the end of a year", "Asia/Tokyo", "2026-12-31T12:00:00+09:00", 30, "2027-01-31T00:00:00+09:00"},
		{"east of the date line", "Pacific/Kiritimati", "2026-06-01T12:00:00+14:00", 1, "2026-06-03T00:00:00+14:00"},
		{"before all records", "America/Los_Angeles", "0001-01-01T12:00:00Z", 1, "0001-01-03T00:00:00-07:52"},
		{"before all years", "UTC", "0000-01-01T12:00:00Z", -1, "0000-01-01T00:00:00Z"},
		{"west of the date line", "Pacific/Niue", "2026-06-01T12:00:00-11:00", 1, "2026-06-03T00:00:00-11:00"},
		{"a quarter of an hour off", "Asia/Kathmandu", "2026-06-01T12:00:00+05:45", 1, "2026-06-03T00:00:00+05:45"},
		{"Havana has no midnight in March", "America/Havana", "2026-03-06T12:00:00-05:00", 1, "2026-03-08T01:00:00-04:00"},
		{"Havana has two midnights in November", "America/Havana", "2026-10-30T12:00:00-04:00", 1, "2026-11-01T00:00:00-04:00"},
		{"Beirut has no midnight in March", "Asia/Beirut", "2026-03-27T12:00:00+02:00", 1, "2026-03-29T01:00:00+03:00"},
		{"Beirut ends a day in October an hour later", "Asia/Beirut", "2026-10-23T12:00:00+03:00", 1, "2026-10-25T00:00:00+02:00"},
		{"Asuncion had no midnight in October", "America/Asuncion", "2023-09-29T12:00:00-04:00", 1, "2023-10-01T01:00:00-03:00"},
		{"Asuncion ended a day in March an hour later", "America/Asuncion", "2024-03-22T12:00:00-03:00", 1, "2024-03-24T00:00:00-04:00"},
		{"Santiago has no midnight in September", "America/Santiago", "2026-09-04T12:00:00-04:00", 1, "2026-09-06T01:00:00-03:00"},
		{"St John's put its clocks back a minute after midnight", "America/St_Johns", "2010-11-05T12:00:00-02:30", 1, "2010-11-07T00:00:00-03:30"},
		{"Samoa left a day out", "Pacific/Apia", "2011-12-28T12:00:00-10:00", 1, "2011-12-31T00:00:00+14:00"},
		{"before a zone's first change", "America/New_York", "1800-01-01T12:00:00Z", 1, "1800-01-03T00:00:00-04:56"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := calendar.DayEnd(instant(t, c.event), c.days, zone(t, c.zone))
			assert.Equal(t, c.want, got.Format(time.RFC3339Nano))
		})
	}
}

var clockChangers = []string{
	"America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Europe/Lisbon", "Asia/Tehran", "Asia/Gaza", "UTC",
}

func TestAMonthStartsAtItsFirstMidnightInTheZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, at string
		later    int
		want     string
	}{
		{"America/Los_Angeles", "2026-04-01T06:59:59.999999Z", 0, "2026-03-01T00:00:00-08:00"},
		{"America/Los_Angeles", "2026-04-01T07:00:00Z", 0, "2026-04-01T00:00:00-07:00"},
		{"America/Los_Angeles", "2026-12-31T12:00:00Z", 1, "2027-01-01T00:00:00-08:00"},
		{"America/Los_Angeles", "2026-01-31T12:00:00Z", 13, "2027-02-01T00:00:00-08:00"},
		{"UTC", "2026-03-31T23:59:59Z", 1, "2026-04-01T00:00:00Z"},
		{"America/Los_Angeles", "0001-01-01T00:00:00Z", 0, "0000-12-01T00:00:00-07:52"}, // before anybody set clocks
		{"Pacific/Apia", "2011-12-31T12:00:00Z", -11, "2011-02-01T00:00:00-10:00"},
		{"America/Asuncion", "2017-10-10T12:00:00Z", 0, "2017-10-01T01:00:00-03:00"}, // the clocks were put forward over that midnight
	} {
		t.Run(c.zone+" "+c.at, func(t *testing.T) {
			t.Parallel()
			got := calendar.MonthStart(instant(t, c.at), c.later, zone(t, c.zone))
			assert.Equal(t, c.want, got.Format(time.RFC3339))
		})
	}
}

func TestEveryMomentOfTheLastDayIsInTimeAndNoneAfterIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := zone(t, rapid.SampledFrom(clockChangers).Draw(t, "zone"))
		event := time.Unix(rapid.Int64Range(631152000, 2524608000).Draw(t, "second"), 0).In(in)
		days := rapid.IntRange(0, 400).Draw(t, "days")
		end := calendar.DayEnd(event, days, in)

		year, month, day := event.Date()
		last := time.Date(year, month, day+days, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		assert.Equal(t, last, end.Add(-1).Format(time.DateOnly))
		for _, after := range []time.Duration{0, time.Minute, time.Hour, 2 * time.Hour, 23 * time.Hour} {
			assert.Greater(t, end.Add(after).Format(time.DateOnly), last)
		}
	})
}

func TestADayMoreNeverEndsEarlier(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := zone(t, rapid.SampledFrom(clockChangers).Draw(t, "zone"))
		event := time.Unix(rapid.Int64Range(631152000, 2524608000).Draw(t, "second"), 0)
		days := rapid.IntRange(0, 400).Draw(t, "days")
		end, next := calendar.DayEnd(event, days, in), calendar.DayEnd(event, days+1, in)
		assert.True(t, end.Before(next))
		later := calendar.DayEnd(event.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "ns"))), days, in)
		assert.False(t, later.Before(end))
	})
}

func TestBusinessDayEndLeavesOutWeekendsAndHolidays(t *testing.T) {
	t.Parallel()
	const pacific = "America/Los_Angeles"
	for _, c := range []struct {
		name, event string
		n           int
		want        string
	}{
		{"from a Friday", "2026-03-27T16:00:00-07:00", 5, "2026-04-04T00:00:00-07:00"},
		{"from a Saturday", "2026-03-28T16:00:00-07:00", 5, "2026-04-04T00:00:00-07:00"},
		{"no day is the end of today, be it a Saturday", "2026-03-28T16:00:00-07:00", 0, "2026-03-29T00:00:00-07:00"},
		{"Independence Day on a Saturday is observed on Friday", "2026-07-01T09:00:00-07:00", 2, "2026-07-07T00:00:00-07:00"},
		{"Independence Day on a Sunday is observed on Monday", "2027-07-02T09:00:00-07:00", 1, "2027-07-07T00:00:00-07:00"},
		{"New Year's Day on a Saturday is observed in the old year", "2027-12-30T09:00:00-08:00", 1, "2028-01-04T00:00:00-08:00"},
		{"Thanksgiving, but not the Friday after it", "2026-11-25T09:00:00-08:00", 1, "2026-11-28T00:00:00-08:00"},
		{"Martin Luther King Day", "2026-01-16T09:00:00-08:00", 1, "2026-01-21T00:00:00-08:00"},
		{"Juneteenth", "2026-06-18T09:00:00-07:00", 1, "2026-06-23T00:00:00-07:00"},
		{"a further day of the merchant's own", "2026-12-23T09:00:00-08:00", 1, "2026-12-29T00:00:00-08:00"},
		{"that day in another year is a business day", "2027-12-23T09:00:00-08:00", 1, "2027-12-28T00:00:00-08:00"},
		{"the day is the zone's, not UTC's", "2026-03-28T05:00:00Z", 1, "2026-03-31T00:00:00-07:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			days, err := calendar.New(zone(t, pacific), calendar.USFederal, []string{"2026-12-24"})
			require.NoError(t, err)
			assert.Equal(t, c.want, days.BusinessDayEnd(instant(t, c.event), c.n).Format(time.RFC3339Nano))
		})
	}
}

func TestTheFederalHolidaysOfAYearAreThePublishedOnes(t *testing.T) {
	t.Parallel()
	days, err := calendar.New(time.UTC, calendar.USFederal, nil)
	require.NoError(t, err)
	var off []string
	for date := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC); date.Year() == 2026; date = date.AddDate(0, 0, 1) {
		weekend := date.Weekday() == time.Saturday || date.Weekday() == time.Sunday
		if yesterday := date.AddDate(0, 0, -1); !weekend && days.BusinessDayEnd(yesterday, 1).Sub(date) > 24*time.Hour {
			off = append(off, date.Format("01-02"))
		}
	}
	assert.Equal(t, []string{"01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25"}, off)
}

func TestWithoutHolidaysOnlyWeekendsAreOff(t *testing.T) {
	t.Parallel()
	days, err := calendar.New(time.UTC, calendar.NoHolidays, nil)
	require.NoError(t, err)
	christmasEve := time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC)
	assert.Equal(t, "2026-12-26", days.BusinessDayEnd(christmasEve, 1).Format(time.DateOnly))
}

func TestACalendarIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	days, err := calendar.New(zone(t, "America/New_York"), calendar.USFederal, []string{"2026-12-24"})
	require.NoError(t, err)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			from := time.Date(2026, 12, 20, 12, i, 0, 0, time.UTC)
			assert.Equal(t, "2026-12-30T00:00:00-05:00", days.BusinessDayEnd(from, 5).Format(time.RFC3339))
		})
	}
	all.Wait()
}

func TestWhatIsNotAZoneADateOrACalendarIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Local", "Mars/Olympus", "../etc/passwd", "america/los_angeles!"} {
		_, err := calendar.Zone(name)
		assert.ErrorIs(t, err, calendar.ErrZone, name)
	}
	_, err := calendar.New(time.UTC, "LUNAR", nil)
	assert.ErrorIs(t, err, calendar.ErrHolidays)
	for _, date := range []string{"", "2026-02-29", "2026-13-01", "24.12.2026", "2026-12-24T00:00:00Z"} {
		_, err := calendar.New(time.UTC, calendar.NoHolidays, []string{date})
		assert.ErrorIs(t, err, calendar.ErrDate, date)
	}
}

func BenchmarkDayEnd(b *testing.B) {
	b.ReportAllocs()
	in, event := zone(b, "America/Havana"), time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		if calendar.DayEnd(event, 1, in).IsZero() {
			b.Fatal("no end")
		}
	}
}

func ExampleDayEnd() {
	paid := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
	pacific, err := calendar.Zone("America/Los_Angeles")
	fmt.Println(calendar.DayEnd(paid, 30, pacific), err)
	// Output: 2026-04-01 00:00:00 -0700 PDT <nil>
}
