-- +goose Up
-- nobody had acknowledged what the first edition leaves unset: the first start wrote it down by itself
UPDATE terms_editions SET acknowledged = NULL WHERE number = 1 AND proposed_by = 'system' AND approved_by = 'system';

-- +goose Down
