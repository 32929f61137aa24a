-- +goose Up
-- create "throttle_buckets" table: no record of the shop's, and nothing that has to outlive the database's process. It stands
-- beside the records that ent knows, on PostgreSQL alone: one server on SQLite keeps its buckets in memory.
CREATE UNLOGGED TABLE "throttle_buckets" ("key" bytea NOT NULL, "points" double precision NOT NULL, "taken" boolean NOT NULL, "at" timestamptz NOT NULL, PRIMARY KEY ("key")) WITH (fillfactor = 50);

-- +goose Down
-- reverse: create "throttle_buckets" table
DROP TABLE "throttle_buckets";
