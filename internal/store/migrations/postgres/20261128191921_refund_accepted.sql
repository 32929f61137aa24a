-- +goose Up
-- modify "refunds" table
ALTER TABLE "refunds" ADD COLUMN "accepted_at" timestamptz NULL;
-- what was accepted before that was written down (A31)
UPDATE refunds SET accepted_at = succeeded_at WHERE state = 'SUCCEEDED';
UPDATE refunds SET accepted_at = (SELECT max(t.answered_at) FROM transfers t WHERE t.refund_id = refunds.id)
WHERE state IN ('PENDING', 'REQUIRES_ACTION') AND NOT EXISTS (
  SELECT 1 FROM transfers t WHERE t.refund_id = refunds.id AND t.state NOT IN ('PENDING', 'REQUIRES_ACTION', 'SUCCEEDED')
  AND NOT EXISTS (SELECT 1 FROM transfers later WHERE later.replaces = t.id)
);

-- +goose Down
-- reverse: modify "refunds" table
ALTER TABLE "refunds" DROP COLUMN "accepted_at";
