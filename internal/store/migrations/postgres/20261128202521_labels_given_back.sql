-- +goose Up
-- modify "labels" table
ALTER TABLE "labels" DROP CONSTRAINT "label_ready", ADD CONSTRAINT "label_sheet" CHECK (((state)::text <> 'READY'::text) OR ((ready_at IS NOT NULL) AND (pdf IS NOT NULL) AND ((tracking)::text <> ''::text))), ADD COLUMN "state_at" timestamptz NULL;
UPDATE labels SET state_at = coalesce(ready_at, ordered_at);

-- +goose Down
-- reverse: modify "labels" table
ALTER TABLE "labels" DROP COLUMN "state_at", DROP CONSTRAINT "label_sheet", ADD CONSTRAINT "label_ready" CHECK (((state)::text = 'PENDING'::text) OR ((ready_at IS NOT NULL) AND (pdf IS NOT NULL) AND ((tracking)::text <> ''::text)));
