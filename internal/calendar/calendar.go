// Package calendar counts days: calendar days that end at local midnight, and business days.
package calendar

import (
	"errors"
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // zones are there on a machine without a zone database

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/us"
)

// The library computes holidays in the machine's own zone unless told otherwise; only their dates are of use here,
// and they must not depend on where the program runs.
//
//nolint:gochecknoinits // the setting is the library's, for the whole program, and has no other place
func init() { cal.DefaultLoc = time.UTC }

var (
	// ErrZone is a name that the zone database does not have.
	ErrZone = errors.New("unknown time zone")
	// ErrDate is text that is not a date of the form 2026-12-25.
	ErrDate = errors.New("not a date such as 2026-12-25")
	// ErrHolidays is a holiday calendar that is not known.
	ErrHolidays = errors.New("unknown holiday calendar")
)

var zones sync.Map // name → *time.Location: loading one reads a file, and deadlines are asked for all the time

// Zone finds a zone by its IANA name ("America/Los_Angeles"). "" and "Local", which depend on the machine or on
// nothing at all, are refused like an unknown name, with ErrZone.
func Zone(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil //nolint:forcetypeassert // the map holds nothing else
	}
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%w: %q", ErrZone, name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrZone, name)
	}
	zones.Store(name, zone)
	return zone, nil
}

// DayEnd is the exclusive end of a term of whole calendar days: the day after t's day in the zone is day 1, and the
// last day counts to its end (A5). With days 0 it is the end of t's own day. The result is in the zone.
func DayEnd(t time.Time, days int, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return dayStart(time.Date(year, month, day+days+1, 0, 0, 0, 0, time.UTC), zone)
}

// MonthStart is the instant at which a month begins in the zone: the one that t is in, or one that is so many months later.
// The result is in the zone.
func MonthStart(t time.Time, later int, zone *time.Location) time.Time {
	year, month, _ := t.In(zone).Date()
	return dayStart(time.Date(year, month+time.Month(later), 1, 0, 0, 0, 0, time.UTC), zone)
}

// dayStart is the instant from which the zone's clocks show that day, or a later one, for good. Where they are put
// forward over midnight, that is the instant of the change; where they are put back over it, the second midnight.
// day is the midnight asked for, written in UTC.
func dayStart(day time.Time, zone *time.Location) time.Time {
	at := day.Add(48 * time.Hour).In(zone) // no zone is that far behind UTC: the day has begun there
	for {
		since, _ := at.ZoneBounds()
		midnight := day.Add(-offset(at))
		if since.IsZero() || midnight.After(since) { // the zone's first clocks have been there for ever
			return midnight.In(zone)
		}
		before := since.Add(-1)
		if before.Add(offset(before)).Before(day) {
			return since
		}
		at = before
	}
}

func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// Holidays names a calendar of public holidays.
type Holidays string

// The calendars of public holidays.
const (
	USFederal  Holidays = "US_FEDERAL" // the United States' federal holidays, on the day on which they are observed
	NoHolidays Holidays = "NONE"
)

// Calendar tells business days: Monday to Friday in its zone, without holidays (A30). It is safe for concurrent use.
type Calendar struct {
	zone *time.Location
	days *cal.BusinessCalendar
}

// New makes a calendar for a zone from a calendar of public holidays and further dates ("2026-12-24") on which the
// merchant does not work. Errors: ErrHolidays, ErrDate.
func New(zone *time.Location, holidays Holidays, further []string) (*Calendar, error) {
	days := cal.NewBusinessCalendar()
	switch holidays {
	case USFederal:
		days.AddHoliday(us.Holidays...)
	case NoHolidays:
	default:
		return nil, fmt.Errorf("%w: %q", ErrHolidays, holidays)
	}
	for _, text := range further {
		date, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return nil, fmt.Errorf("%w: %q", ErrDate, text)
		}
		days.AddHoliday(&cal.Holiday{
			Func: func(*cal.Holiday, int) time.Time { return date }, StartYear: date.Year(), EndYear: date.Year(),
		})
	}
	return &Calendar{zone: zone, days: days}, nil
}

// BusinessDayEnd is the exclusive end of a term of n business days: the first business day after t's day in the
// calendar's zone is day 1, and the last one counts to its end (A30). The result is in the zone.
func (c *Calendar) BusinessDayEnd(t time.Time, n int) time.Time {
	year, month, day := t.In(c.zone).Date()
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	for n > 0 {
		date = date.AddDate(0, 0, 1)
		if c.days.IsWorkday(date) {
			n--
		}
	}
	return dayStart(date.AddDate(0, 0, 1), c.zone)
}
