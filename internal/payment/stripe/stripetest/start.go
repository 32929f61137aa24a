package stripetest

import "testing"

// Start opens one and closes it with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := Open()
	if err != nil {
		t.Fatalf("stripetest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("stripetest: %v", err)
		}
	})
	return s
}
