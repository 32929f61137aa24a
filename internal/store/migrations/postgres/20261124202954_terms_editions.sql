-- +goose Up
-- create "terms_editions" table
CREATE TABLE "terms_editions" ("id" character varying NOT NULL, "number" bigint NULL, "version" character varying NOT NULL, "state" character varying NOT NULL, "canonical" text NOT NULL, "digest" character varying NOT NULL, "note" character varying NOT NULL DEFAULT '', "in_force_from" timestamptz NULL, "acknowledged" jsonb NULL, "drafted_by" character varying NOT NULL, "drafted_at" timestamptz NOT NULL, "proposed_by" character varying NOT NULL DEFAULT '', "proposed_at" timestamptz NULL, "approved_by" character varying NOT NULL DEFAULT '', "published_at" timestamptz NULL, PRIMARY KEY ("id"), CONSTRAINT "edition_published" CHECK (((state)::text = 'PUBLISHED'::text) = (number IS NOT NULL)));
-- create index "edition_digest" to table: "terms_editions"
CREATE INDEX "edition_digest" ON "terms_editions" ("digest");
-- create index "edition_state_in_force_from" to table: "terms_editions"
CREATE INDEX "edition_state_in_force_from" ON "terms_editions" ("state", "in_force_from");
-- create index "terms_editions_number_key" to table: "terms_editions"
CREATE UNIQUE INDEX "terms_editions_number_key" ON "terms_editions" ("number");

-- +goose Down
-- reverse: create index "terms_editions_number_key" to table: "terms_editions"
DROP INDEX "terms_editions_number_key";
-- reverse: create index "edition_state_in_force_from" to table: "terms_editions"
DROP INDEX "edition_state_in_force_from";
-- reverse: create index "edition_digest" to table: "terms_editions"
DROP INDEX "edition_digest";
-- reverse: create "terms_editions" table
DROP TABLE "terms_editions";
