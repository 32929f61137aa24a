// Package crash names the points between an intent and its receipt at which a process may die. A program that is built
// with the tag "crash" ends itself there, as kill -9 would, so that a test can try each of them; in any other program At
// does nothing and costs nothing.
package crash

// The points, in the order in which a settlement comes to them.
const (
	Booked   = "booked"   // the intent, its key and its job are committed; nobody has been asked
	Claimed  = "claimed"  // the call is counted and committed; the provider has not been asked
	Answered = "answered" // the provider has answered; nothing of it is written down
	Recorded = "recorded" // the receipt is committed; the caller has not been answered
	Noticed  = "noticed"  // a webhook is stored; it has not been worked on
	Applied  = "applied"  // a webhook was worked on; its job does not know
)

// The points of an upload. A settlement does not come by them.
const (
	Accepted  = "accepted"  // a clean picture is kept; there is no photo yet
	Completed = "completed" // there is a photo; what was sent is still in quarantine
)

// Labelled is the point of a label: the carrier has answered, and nothing of it is written down.
const Labelled = "labelled"

// Points lists those of a settlement.
func Points() []string { return []string{Booked, Claimed, Answered, Recorded, Noticed, Applied} }
