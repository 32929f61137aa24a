-- +goose Up
-- modify "events" table
ALTER TABLE "events" ADD COLUMN "seq" bigint NOT NULL DEFAULT 0, ADD COLUMN "prev" character varying NOT NULL DEFAULT '', ADD COLUMN "digest" character varying NOT NULL DEFAULT '';
-- modify "orders" table
ALTER TABLE "orders" ADD COLUMN "events_seq" bigint NOT NULL DEFAULT 0, ADD COLUMN "events_digest" character varying NOT NULL DEFAULT '';
-- modify "returns" table
ALTER TABLE "returns" ADD COLUMN "events_seq" bigint NOT NULL DEFAULT 0, ADD COLUMN "events_digest" character varying NOT NULL DEFAULT '';

-- +goose Down
-- reverse: modify "returns" table
ALTER TABLE "returns" DROP COLUMN "events_digest", DROP COLUMN "events_seq";
-- reverse: modify "orders" table
ALTER TABLE "orders" DROP COLUMN "events_digest", DROP COLUMN "events_seq";
-- reverse: modify "events" table
ALTER TABLE "events" DROP COLUMN "digest", DROP COLUMN "prev", DROP COLUMN "seq";
