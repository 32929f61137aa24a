-- +goose Up
-- modify "customers" table
ALTER TABLE "customers" ADD COLUMN "erased_at" timestamptz NULL, ADD COLUMN "erased_by" character varying NOT NULL DEFAULT '';
-- modify "events" table
ALTER TABLE "events" ADD COLUMN "salt" character varying NOT NULL DEFAULT '';

-- +goose Down
-- reverse: modify "events" table
ALTER TABLE "events" DROP COLUMN "salt";
-- reverse: modify "customers" table
ALTER TABLE "customers" DROP COLUMN "erased_by", DROP COLUMN "erased_at";
