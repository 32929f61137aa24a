-- +goose Up
-- create "overrides" table
CREATE TABLE "overrides" ("id" character varying NOT NULL, "kind" character varying NOT NULL, "subject" character varying NOT NULL, "state" character varying NOT NULL, "code" character varying NOT NULL, "reason" character varying NOT NULL, "before" character varying NOT NULL, "after" character varying NOT NULL, "currency" character varying NOT NULL, "effect_minor" bigint NOT NULL, "asked_by" character varying NOT NULL, "asked_at" timestamptz NOT NULL, "decided_by" character varying NOT NULL DEFAULT '', "decided_at" timestamptz NULL, "return_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "overrides_returns_overrides" FOREIGN KEY ("return_id") REFERENCES "returns" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "override_second" CHECK (((state)::text <> 'REJECTED'::text) OR ((decided_by)::text <> ''::text)));
-- create index "override_return_id" to table: "overrides"
CREATE INDEX "override_return_id" ON "overrides" ("return_id");
-- create index "override_state_asked_at" to table: "overrides"
CREATE INDEX "override_state_asked_at" ON "overrides" ("state", "asked_at");

-- +goose Down
-- reverse: create index "override_state_asked_at" to table: "overrides"
DROP INDEX "override_state_asked_at";
-- reverse: create index "override_return_id" to table: "overrides"
DROP INDEX "override_return_id";
-- reverse: create "overrides" table
DROP TABLE "overrides";
