package reports

// InPages makes a report hold so many returns at once.
func InPages(s *Service, returns int) *Service {
	other := *s
	other.pageSize = returns
	return &other
}
