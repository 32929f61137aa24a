-- +goose Up
-- modify "labels" table
ALTER TABLE "labels" ADD COLUMN "asks" bigint NOT NULL DEFAULT 0, ADD COLUMN "ask_before" timestamptz NULL;
-- modify "returns" table
ALTER TABLE "returns" DROP CONSTRAINT "return_state", ADD CONSTRAINT "return_state_2" CHECK ((state)::text = ANY ((ARRAY['REQUESTED'::character varying, 'AWAITING_EVIDENCE'::character varying, 'APPROVED'::character varying, 'EXPIRED'::character varying, 'HANDED_OVER'::character varying, 'RECEIVED'::character varying, 'INSPECTED'::character varying, 'REFUNDING'::character varying, 'REFUND_FAILED'::character varying, 'REFUNDED'::character varying, 'CLOSED'::character varying, 'DECLINED'::character varying, 'CANCELLED'::character varying])::text[]));
-- create "notices" table
CREATE TABLE "notices" ("id" character varying NOT NULL, "event_id" character varying NOT NULL, "type" character varying NOT NULL, "about" character varying NOT NULL, "state" character varying NOT NULL, "provider_id" character varying NOT NULL DEFAULT '', "key" character varying NOT NULL DEFAULT '', "status" character varying NOT NULL DEFAULT '', "failure" character varying NOT NULL DEFAULT '', "amount_minor" bigint NOT NULL DEFAULT 0, "currency" character varying NOT NULL DEFAULT '', "charge_refs" jsonb NULL, "received_at" timestamptz NOT NULL, "applied_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "notice_provider_id" to table: "notices"
CREATE INDEX "notice_provider_id" ON "notices" ("provider_id");
-- create index "notice_state_received_at" to table: "notices"
CREATE INDEX "notice_state_received_at" ON "notices" ("state", "received_at");
-- create index "notices_event_id_key" to table: "notices"
CREATE UNIQUE INDEX "notices_event_id_key" ON "notices" ("event_id");
-- create "idempotency_keys" table
CREATE TABLE "idempotency_keys" ("id" character varying NOT NULL, "actor" character varying NOT NULL, "mutation" character varying NOT NULL, "key" character varying NOT NULL, "fingerprint" character varying NOT NULL, "return_id" character varying NOT NULL, "refund_id" character varying NOT NULL DEFAULT '', "used_at" timestamptz NOT NULL, "busy_until" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "once_actor_mutation_key" to table: "idempotency_keys"
CREATE UNIQUE INDEX "once_actor_mutation_key" ON "idempotency_keys" ("actor", "mutation", "key");
-- drop index "transfer_state" from table: "transfers"
DROP INDEX "transfer_state";
-- modify "transfers" table
ALTER TABLE "transfers" ADD COLUMN "replaces" character varying NULL, ADD COLUMN "asks" bigint NOT NULL DEFAULT 0, ADD COLUMN "ask_before" timestamptz NULL, ADD COLUMN "outside" character varying NOT NULL DEFAULT '', ADD COLUMN "succeeded_at" timestamptz NULL;
-- create index "transfer_provider_id" to table: "transfers"
CREATE INDEX "transfer_provider_id" ON "transfers" ("provider_id");
-- create index "transfer_state_ask_before" to table: "transfers"
CREATE INDEX "transfer_state_ask_before" ON "transfers" ("state", "ask_before");
-- create index "transfers_replaces_key" to table: "transfers"
CREATE UNIQUE INDEX "transfers_replaces_key" ON "transfers" ("replaces");
-- create "postings" table
CREATE TABLE "postings" ("id" character varying NOT NULL, "entry" character varying NOT NULL, "account" character varying NOT NULL, "currency" character varying NOT NULL, "minor" bigint NOT NULL, "at" timestamptz NOT NULL, "refund_id" character varying NOT NULL, "transfer_id" character varying NULL, PRIMARY KEY ("id"), CONSTRAINT "postings_refunds_postings" FOREIGN KEY ("refund_id") REFERENCES "refunds" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "postings_transfers_postings" FOREIGN KEY ("transfer_id") REFERENCES "transfers" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "posting_minor" CHECK (minor <> 0), CONSTRAINT "posting_transfer" CHECK (((entry)::text = 'OWED'::text) = (transfer_id IS NULL)));
-- create index "posting_refund_id" to table: "postings"
CREATE INDEX "posting_refund_id" ON "postings" ("refund_id");
-- create index "posting_transfer_id_entry_account" to table: "postings"
CREATE UNIQUE INDEX "posting_transfer_id_entry_account" ON "postings" ("transfer_id", "entry", "account");
-- what the first release had paid, in the journal
INSERT INTO postings (id, entry, account, currency, minor, at, refund_id)
SELECT 'pst_' || substr(id, 5) || 'd', 'OWED', 'RETURNS', currency, total_minor, created_at, id FROM refunds;
INSERT INTO postings (id, entry, account, currency, minor, at, refund_id)
SELECT 'pst_' || substr(id, 5) || 'c', 'OWED', 'CUSTOMERS', currency, -total_minor, created_at, id FROM refunds;
INSERT INTO postings (id, entry, account, currency, minor, at, refund_id, transfer_id)
SELECT 'pst_t' || substr(id, 5) || 'd', 'PAID', 'CUSTOMERS', currency, amount_minor, coalesce(answered_at, created_at), refund_id, id FROM transfers WHERE state = 'SUCCEEDED';
INSERT INTO postings (id, entry, account, currency, minor, at, refund_id, transfer_id)
SELECT 'pst_t' || substr(id, 5) || 'c', 'PAID', 'PROVIDER', currency, -amount_minor, coalesce(answered_at, created_at), refund_id, id FROM transfers WHERE state = 'SUCCEEDED';
UPDATE transfers SET succeeded_at = answered_at WHERE state = 'SUCCEEDED';
-- what was under way is asked for again
UPDATE transfers SET asks = 1, ask_before = created_at WHERE state IN ('RESERVED', 'UNKNOWN', 'PENDING', 'REQUIRES_ACTION');
UPDATE labels SET asks = 1, ask_before = ordered_at WHERE state = 'PENDING';
-- an attempt stands for the one before it
UPDATE transfers SET replaces = (SELECT b.id FROM transfers b WHERE b.refund_id = transfers.refund_id AND b.payment_id = transfers.payment_id AND b.attempt = transfers.attempt - 1) WHERE attempt > 1;
