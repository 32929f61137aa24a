-- +goose Up
-- create "terms_simulations" table
CREATE TABLE "terms_simulations" ("id" character varying NOT NULL, "range_from" timestamptz NOT NULL, "range_to" timestamptz NOT NULL, "state" character varying NOT NULL, "done" bigint NOT NULL DEFAULT 0, "total" bigint NOT NULL, "place" character varying NOT NULL DEFAULT '', "report" jsonb NULL, "requested_by" character varying NOT NULL, "requested_at" timestamptz NOT NULL, "finished_at" timestamptz NULL, "failure" character varying NOT NULL DEFAULT '', "edition_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "terms_simulations_terms_editions_edition" FOREIGN KEY ("edition_id") REFERENCES "terms_editions" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "simulation_count" CHECK ((done >= 0) AND (total >= 0)), CONSTRAINT "simulation_ended" CHECK (((state)::text = ANY ((ARRAY['DONE'::character varying, 'FAILED'::character varying])::text[])) = (finished_at IS NOT NULL)), CONSTRAINT "simulation_range" CHECK (range_from < range_to));
-- create index "simulation_edition_id" to table: "terms_simulations"
CREATE INDEX "simulation_edition_id" ON "terms_simulations" ("edition_id");
-- create index "simulation_state_requested_at" to table: "terms_simulations"
CREATE INDEX "simulation_state_requested_at" ON "terms_simulations" ("state", "requested_at");

-- +goose Down
-- reverse: create index "simulation_state_requested_at" to table: "terms_simulations"
DROP INDEX "simulation_state_requested_at";
-- reverse: create index "simulation_edition_id" to table: "terms_simulations"
DROP INDEX "simulation_edition_id";
-- reverse: create "terms_simulations" table
DROP TABLE "terms_simulations";
