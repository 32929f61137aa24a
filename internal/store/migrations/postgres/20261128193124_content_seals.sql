-- +goose Up
-- modify "events" table
ALTER TABLE "events" ADD COLUMN "sealed" jsonb NULL;
-- modify "terms_editions" table
ALTER TABLE "terms_editions" ADD COLUMN "seal" character varying NULL;

-- +goose Down
-- reverse: modify "terms_editions" table
ALTER TABLE "terms_editions" DROP COLUMN "seal";
-- reverse: modify "events" table
ALTER TABLE "events" DROP COLUMN "sealed";
