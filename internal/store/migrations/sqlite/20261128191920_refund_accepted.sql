-- +goose Up
-- add column "accepted_at" to table: "refunds"
ALTER TABLE `refunds` ADD COLUMN `accepted_at` datetime NULL;
-- what was accepted before that was written down (A31)
UPDATE refunds SET accepted_at = succeeded_at WHERE state = 'SUCCEEDED';
UPDATE refunds SET accepted_at = (SELECT max(t.answered_at) FROM transfers t WHERE t.refund_id = refunds.id)
WHERE state IN ('PENDING', 'REQUIRES_ACTION') AND NOT EXISTS (
  SELECT 1 FROM transfers t WHERE t.refund_id = refunds.id AND t.state NOT IN ('PENDING', 'REQUIRES_ACTION', 'SUCCEEDED')
  AND NOT EXISTS (SELECT 1 FROM transfers later WHERE later.replaces = t.id)
);

-- +goose Down
-- reverse: add column "accepted_at" to table: "refunds"
ALTER TABLE `refunds` DROP COLUMN `accepted_at`;
