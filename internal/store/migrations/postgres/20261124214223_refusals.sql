-- +goose Up
-- create "refusals" table
CREATE TABLE "refusals" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "reason" character varying NOT NULL, "quantity" bigint NOT NULL, "outcome" character varying NOT NULL, "clause" character varying NOT NULL, "verdict" jsonb NOT NULL, "facts" jsonb NOT NULL, "terms_version" character varying NOT NULL, "terms_digest" character varying NOT NULL, "asked_at" timestamptz NOT NULL, "asked_on" character varying NOT NULL, "asked_by" character varying NOT NULL, "item_id" character varying NOT NULL, "order_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "refusals_items_refusals" FOREIGN KEY ("item_id") REFERENCES "items" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "refusals_orders_refusals" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "refusal_units" CHECK (quantity > 0));
-- create index "refusal_asked_at" to table: "refusals"
CREATE INDEX "refusal_asked_at" ON "refusals" ("asked_at");
-- create index "refusal_customer_id" to table: "refusals"
CREATE INDEX "refusal_customer_id" ON "refusals" ("customer_id");
-- create index "refusal_item_id_reason_outcome_clause_asked_on" to table: "refusals"
CREATE UNIQUE INDEX "refusal_item_id_reason_outcome_clause_asked_on" ON "refusals" ("item_id", "reason", "outcome", "clause", "asked_on");
-- create index "refusal_order_id" to table: "refusals"
CREATE INDEX "refusal_order_id" ON "refusals" ("order_id");

-- +goose Down
-- reverse: create index "refusal_order_id" to table: "refusals"
DROP INDEX "refusal_order_id";
-- reverse: create index "refusal_item_id_reason_outcome_clause_asked_on" to table: "refusals"
DROP INDEX "refusal_item_id_reason_outcome_clause_asked_on";
-- reverse: create index "refusal_customer_id" to table: "refusals"
DROP INDEX "refusal_customer_id";
-- reverse: create index "refusal_asked_at" to table: "refusals"
DROP INDEX "refusal_asked_at";
-- reverse: create "refusals" table
DROP TABLE "refusals";
