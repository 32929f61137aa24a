-- +goose Up
-- create "customers" table
CREATE TABLE "customers" ("id" character varying NOT NULL, "email" character varying NOT NULL, "name" character varying NOT NULL DEFAULT '', PRIMARY KEY ("id"));
-- create index "customers_email_key" to table: "customers"
CREATE UNIQUE INDEX "customers_email_key" ON "customers" ("email");
-- create "orders" table
CREATE TABLE "orders" ("id" character varying NOT NULL, "number" character varying NOT NULL, "currency" character varying NOT NULL, "purchased_at" timestamptz NOT NULL, "ship_to_country" character varying NOT NULL, "ship_to_zone" character varying NOT NULL DEFAULT '', "ship_to_lines" jsonb NULL, "shipping_minor" bigint NOT NULL, "items_minor" bigint NOT NULL, "units" bigint NOT NULL, "proof" character varying NOT NULL, "returns_filed" bigint NOT NULL DEFAULT 0, "fingerprint" character varying NOT NULL, "recorded_at" timestamptz NOT NULL, "customer_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "orders_customers_orders" FOREIGN KEY ("customer_id") REFERENCES "customers" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "order_money" CHECK ((shipping_minor >= 0) AND (items_minor >= 0)), CONSTRAINT "order_proof" CHECK ((proof)::text = ANY ((ARRAY['ACCOUNT_ORDER'::character varying, 'RECEIPT_VERIFIED'::character varying, 'NONE'::character varying])::text[])));
-- create index "order_customer_id_purchased_at" to table: "orders"
CREATE INDEX "order_customer_id_purchased_at" ON "orders" ("customer_id", "purchased_at");
-- create index "order_purchased_at" to table: "orders"
CREATE INDEX "order_purchased_at" ON "orders" ("purchased_at");
-- create index "orders_number_key" to table: "orders"
CREATE UNIQUE INDEX "orders_number_key" ON "orders" ("number");
-- create "returns" table
CREATE TABLE "returns" ("id" character varying NOT NULL, "number" character varying NOT NULL, "state" character varying NOT NULL, "requested_at" timestamptz NOT NULL, "filed_at" timestamptz NOT NULL, "filed_by" character varying NOT NULL, "note" character varying NOT NULL DEFAULT '', "photos_waived" boolean NOT NULL DEFAULT false, "instructions" character varying NOT NULL DEFAULT '', "instructions_at" timestamptz NULL, "hand_over_before" jsonb NULL, "handed_over_at" timestamptz NULL, "hand_over_entered_at" timestamptz NULL, "carrier" character varying NOT NULL DEFAULT '', "tracking" character varying NOT NULL DEFAULT '', "received_at" timestamptz NULL, "inspected_at" timestamptz NULL, "refund_before" jsonb NULL, "due_before" timestamptz NOT NULL, "outcome_note" character varying NOT NULL DEFAULT '', "revision" bigint NOT NULL DEFAULT 0, "customer_id" character varying NOT NULL, "order_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "returns_customers_returns" FOREIGN KEY ("customer_id") REFERENCES "customers" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "returns_orders_returns" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "return_received" CHECK ((received_at IS NULL) OR (handed_over_at IS NOT NULL)), CONSTRAINT "return_revision" CHECK (revision >= 0), CONSTRAINT "return_state" CHECK ((state)::text = ANY ((ARRAY['REQUESTED'::character varying, 'AWAITING_EVIDENCE'::character varying, 'APPROVED'::character varying, 'HANDED_OVER'::character varying, 'RECEIVED'::character varying, 'INSPECTED'::character varying, 'REFUNDING'::character varying, 'REFUND_FAILED'::character varying, 'REFUNDED'::character varying, 'CLOSED'::character varying, 'DECLINED'::character varying, 'CANCELLED'::character varying])::text[])));
-- create index "returnrequest_customer_id_requested_at" to table: "returns"
CREATE INDEX "returnrequest_customer_id_requested_at" ON "returns" ("customer_id", "requested_at");
-- create index "returnrequest_due_before" to table: "returns"
CREATE INDEX "returnrequest_due_before" ON "returns" ("due_before");
-- create index "returnrequest_order_id_requested_at" to table: "returns"
CREATE INDEX "returnrequest_order_id_requested_at" ON "returns" ("order_id", "requested_at");
-- create index "returnrequest_requested_at" to table: "returns"
CREATE INDEX "returnrequest_requested_at" ON "returns" ("requested_at");
-- create index "returnrequest_state_due_before" to table: "returns"
CREATE INDEX "returnrequest_state_due_before" ON "returns" ("state", "due_before");
-- create index "returns_number_key" to table: "returns"
CREATE UNIQUE INDEX "returns_number_key" ON "returns" ("number");
-- create "events" table
CREATE TABLE "events" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "at" timestamptz NOT NULL, "actor" character varying NOT NULL, "role" character varying NOT NULL, "action" character varying NOT NULL, "reason" character varying NOT NULL DEFAULT '', "before" jsonb NULL, "after" jsonb NULL, "order_id" character varying NOT NULL, "return_id" character varying NULL, PRIMARY KEY ("id"), CONSTRAINT "events_orders_events" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "events_returns_events" FOREIGN KEY ("return_id") REFERENCES "returns" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT);
-- create index "event_customer_id" to table: "events"
CREATE INDEX "event_customer_id" ON "events" ("customer_id");
-- create index "event_order_id_at" to table: "events"
CREATE INDEX "event_order_id_at" ON "events" ("order_id", "at");
-- create index "event_return_id_at" to table: "events"
CREATE INDEX "event_return_id_at" ON "events" ("return_id", "at");
-- create "refunds" table
CREATE TABLE "refunds" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "state" character varying NOT NULL, "currency" character varying NOT NULL, "total_minor" bigint NOT NULL, "breakdown" jsonb NOT NULL, "due_before" timestamptz NOT NULL, "created_at" timestamptz NOT NULL, "created_by" character varying NOT NULL, "succeeded_at" timestamptz NULL, "order_id" character varying NOT NULL, "return_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "refunds_orders_refunds" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "refunds_returns_refunds" FOREIGN KEY ("return_id") REFERENCES "returns" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "refund_money" CHECK (total_minor > 0));
-- create index "refundrequest_customer_id" to table: "refunds"
CREATE INDEX "refundrequest_customer_id" ON "refunds" ("customer_id");
-- create index "refundrequest_order_id" to table: "refunds"
CREATE INDEX "refundrequest_order_id" ON "refunds" ("order_id");
-- create index "refundrequest_return_id" to table: "refunds"
CREATE INDEX "refundrequest_return_id" ON "refunds" ("return_id");
-- create index "refundrequest_state_due_before" to table: "refunds"
CREATE INDEX "refundrequest_state_due_before" ON "refunds" ("state", "due_before");
-- create "items" table
CREATE TABLE "items" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "position" bigint NOT NULL, "sku" character varying NOT NULL, "name" character varying NOT NULL, "quantity" bigint NOT NULL, "currency" character varying NOT NULL, "paid_minor" bigint NOT NULL, "paid_before_minor" bigint NOT NULL, "units_before" bigint NOT NULL, "packing_list" jsonb NULL, "delivery" character varying NOT NULL, "carrier" character varying NOT NULL DEFAULT '', "tracking" character varying NOT NULL DEFAULT '', "shipped_at" timestamptz NULL, "delivered_at" timestamptz NULL, "units_claimed" bigint NOT NULL DEFAULT 0, "units_refunded" bigint NOT NULL DEFAULT 0, "order_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "items_orders_items" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "item_delivered" CHECK (((delivery)::text = 'DELIVERED'::text) = (delivered_at IS NOT NULL)), CONSTRAINT "item_delivery" CHECK ((delivery)::text = ANY ((ARRAY['NOT_SHIPPED'::character varying, 'IN_TRANSIT'::character varying, 'DELIVERED'::character varying, 'UNKNOWN'::character varying])::text[])), CONSTRAINT "item_money" CHECK ((paid_minor >= 0) AND (paid_before_minor >= 0)), CONSTRAINT "item_units" CHECK ((quantity > 0) AND ((units_claimed >= 0) AND (units_claimed <= quantity)) AND ((units_refunded >= 0) AND (units_refunded <= units_claimed))));
-- create index "item_customer_id" to table: "items"
CREATE INDEX "item_customer_id" ON "items" ("customer_id");
-- create index "item_order_id_position" to table: "items"
CREATE UNIQUE INDEX "item_order_id_position" ON "items" ("order_id", "position");
-- create index "item_order_id_sku" to table: "items"
CREATE INDEX "item_order_id_sku" ON "items" ("order_id", "sku");
-- create "return_lines" table
CREATE TABLE "return_lines" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "position" bigint NOT NULL, "reason" character varying NOT NULL, "quantity" bigint NOT NULL, "ever_worked" boolean NULL, "missing_on_arrival" jsonb NULL, "missing_declared" jsonb NULL, "comment" character varying NOT NULL DEFAULT '', "outcome" character varying NOT NULL, "overridden" boolean NOT NULL DEFAULT false, "verdict" jsonb NOT NULL, "facts" jsonb NOT NULL, "terms_version" character varying NOT NULL, "terms_digest" character varying NOT NULL, "units_back" bigint NOT NULL DEFAULT 0, "units_judged" bigint NOT NULL DEFAULT 0, "item_id" character varying NOT NULL, "return_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "return_lines_items_return_lines" FOREIGN KEY ("item_id") REFERENCES "items" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "return_lines_returns_lines" FOREIGN KEY ("return_id") REFERENCES "returns" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "return_line_units" CHECK ((quantity > 0) AND ((units_back >= 0) AND (units_back <= quantity)) AND ((units_judged >= 0) AND (units_judged <= units_back))));
-- create index "returnline_customer_id" to table: "return_lines"
CREATE INDEX "returnline_customer_id" ON "return_lines" ("customer_id");
-- create index "returnline_item_id" to table: "return_lines"
CREATE INDEX "returnline_item_id" ON "return_lines" ("item_id");
-- create index "returnline_reason" to table: "return_lines"
CREATE INDEX "returnline_reason" ON "return_lines" ("reason");
-- create index "returnline_return_id_position" to table: "return_lines"
CREATE UNIQUE INDEX "returnline_return_id_position" ON "return_lines" ("return_id", "position");
-- create "inspections" table
CREATE TABLE "inspections" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "settled" boolean NOT NULL DEFAULT false, "units" bigint NOT NULL, "fate" character varying NOT NULL, "inspected_at" timestamptz NOT NULL, "inspector" character varying NOT NULL, "note" character varying NOT NULL DEFAULT '', "facts" jsonb NOT NULL, "judgement" jsonb NOT NULL, "outcome" character varying NOT NULL, "overridden" boolean NOT NULL DEFAULT false, "fee_at_most_minor" bigint NULL, "terms_version" character varying NOT NULL, "terms_digest" character varying NOT NULL, "refund_id" character varying NULL, "line_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "inspections_refunds_inspections" FOREIGN KEY ("refund_id") REFERENCES "refunds" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "inspections_return_lines_inspections" FOREIGN KEY ("line_id") REFERENCES "return_lines" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "inspection_fate" CHECK ((fate)::text = ANY ((ARRAY['ARRIVED'::character varying, 'LOST'::character varying, 'OTHER_ARRIVED'::character varying])::text[])), CONSTRAINT "inspection_fee" CHECK ((fee_at_most_minor IS NULL) OR (fee_at_most_minor >= 0)), CONSTRAINT "inspection_units" CHECK (units > 0));
-- create index "inspection_customer_id" to table: "inspections"
CREATE INDEX "inspection_customer_id" ON "inspections" ("customer_id");
-- create index "inspection_line_id" to table: "inspections"
CREATE INDEX "inspection_line_id" ON "inspections" ("line_id");
-- create index "inspection_refund_id" to table: "inspections"
CREATE INDEX "inspection_refund_id" ON "inspections" ("refund_id");
-- create "labels" table
CREATE TABLE "labels" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "key" character varying NOT NULL, "state" character varying NOT NULL, "carrier" character varying NOT NULL DEFAULT '', "tracking" character varying NOT NULL DEFAULT '', "pdf" bytea NULL, "ordered_at" timestamptz NOT NULL, "ready_at" timestamptz NULL, "return_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "labels_returns_label" FOREIGN KEY ("return_id") REFERENCES "returns" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "label_ready" CHECK (((state)::text = 'PENDING'::text) OR ((ready_at IS NOT NULL) AND (pdf IS NOT NULL) AND ((tracking)::text <> ''::text))));
-- create index "labels_key_key" to table: "labels"
CREATE UNIQUE INDEX "labels_key_key" ON "labels" ("key");
-- create index "labels_return_id_key" to table: "labels"
CREATE UNIQUE INDEX "labels_return_id_key" ON "labels" ("return_id");
-- create "payments" table
CREATE TABLE "payments" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "position" bigint NOT NULL, "ref" character varying NOT NULL, "method" character varying NOT NULL DEFAULT '', "currency" character varying NOT NULL, "captured_minor" bigint NOT NULL, "refunded_minor" bigint NOT NULL DEFAULT 0, "order_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "payments_orders_payments" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "payment_money" CHECK ((refunded_minor >= 0) AND (refunded_minor <= captured_minor)));
-- create index "payment_order_id_position" to table: "payments"
CREATE UNIQUE INDEX "payment_order_id_position" ON "payments" ("order_id", "position");
-- create index "payment_order_id_ref" to table: "payments"
CREATE UNIQUE INDEX "payment_order_id_ref" ON "payments" ("order_id", "ref");
-- create "photos" table
CREATE TABLE "photos" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "content_type" character varying NOT NULL, "bytes" bigint NOT NULL, "width" bigint NOT NULL, "height" bigint NOT NULL, "sha256" character varying NOT NULL, "uploaded_at" timestamptz NOT NULL, "uploaded_by" character varying NOT NULL, "return_id" character varying NULL, PRIMARY KEY ("id"), CONSTRAINT "photos_returns_photos" FOREIGN KEY ("return_id") REFERENCES "returns" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "photo_size" CHECK ((bytes > 0) AND (width >= 0) AND (height >= 0)));
-- create index "photo_customer_id_uploaded_at" to table: "photos"
CREATE INDEX "photo_customer_id_uploaded_at" ON "photos" ("customer_id", "uploaded_at");
-- create index "photo_return_id" to table: "photos"
CREATE INDEX "photo_return_id" ON "photos" ("return_id");
-- create "transfers" table
CREATE TABLE "transfers" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "attempt" bigint NOT NULL, "key" character varying NOT NULL, "state" character varying NOT NULL, "currency" character varying NOT NULL, "amount_minor" bigint NOT NULL, "provider_id" character varying NOT NULL DEFAULT '', "failure" character varying NOT NULL DEFAULT '', "created_at" timestamptz NOT NULL, "answered_at" timestamptz NULL, "payment_id" character varying NOT NULL, "refund_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "transfers_payments_transfers" FOREIGN KEY ("payment_id") REFERENCES "payments" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "transfers_refunds_transfers" FOREIGN KEY ("refund_id") REFERENCES "refunds" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT, CONSTRAINT "transfer_money" CHECK ((amount_minor > 0) AND (attempt > 0)));
-- create index "transfer_customer_id" to table: "transfers"
CREATE INDEX "transfer_customer_id" ON "transfers" ("customer_id");
-- create index "transfer_payment_id" to table: "transfers"
CREATE INDEX "transfer_payment_id" ON "transfers" ("payment_id");
-- create index "transfer_refund_id_payment_id_attempt" to table: "transfers"
CREATE UNIQUE INDEX "transfer_refund_id_payment_id_attempt" ON "transfers" ("refund_id", "payment_id", "attempt");
-- create index "transfer_state" to table: "transfers"
CREATE INDEX "transfer_state" ON "transfers" ("state");
-- create index "transfers_key_key" to table: "transfers"
CREATE UNIQUE INDEX "transfers_key_key" ON "transfers" ("key");

-- +goose Down
-- reverse: create index "transfers_key_key" to table: "transfers"
DROP INDEX "transfers_key_key";
-- reverse: create index "transfer_state" to table: "transfers"
DROP INDEX "transfer_state";
-- reverse: create index "transfer_refund_id_payment_id_attempt" to table: "transfers"
DROP INDEX "transfer_refund_id_payment_id_attempt";
-- reverse: create index "transfer_payment_id" to table: "transfers"
DROP INDEX "transfer_payment_id";
-- reverse: create index "transfer_customer_id" to table: "transfers"
DROP INDEX "transfer_customer_id";
-- reverse: create "transfers" table
DROP TABLE "transfers";
-- reverse: create index "photo_return_id" to table: "photos"
DROP INDEX "photo_return_id";
-- reverse: create index "photo_customer_id_uploaded_at" to table: "photos"
DROP INDEX "photo_customer_id_uploaded_at";
-- reverse: create "photos" table
DROP TABLE "photos";
-- reverse: create index "payment_order_id_ref" to table: "payments"
DROP INDEX "payment_order_id_ref";
-- reverse: create index "payment_order_id_position" to table: "payments"
DROP INDEX "payment_order_id_position";
-- reverse: create "payments" table
DROP TABLE "payments";
-- reverse: create index "labels_return_id_key" to table: "labels"
DROP INDEX "labels_return_id_key";
-- reverse: create index "labels_key_key" to table: "labels"
DROP INDEX "labels_key_key";
-- reverse: create "labels" table
DROP TABLE "labels";
-- reverse: create index "inspection_refund_id" to table: "inspections"
DROP INDEX "inspection_refund_id";
-- reverse: create index "inspection_line_id" to table: "inspections"
DROP INDEX "inspection_line_id";
-- reverse: create index "inspection_customer_id" to table: "inspections"
DROP INDEX "inspection_customer_id";
-- reverse: create "inspections" table
DROP TABLE "inspections";
-- reverse: create index "returnline_return_id_position" to table: "return_lines"
DROP INDEX "returnline_return_id_position";
-- reverse: create index "returnline_reason" to table: "return_lines"
DROP INDEX "returnline_reason";
-- reverse: create index "returnline_item_id" to table: "return_lines"
DROP INDEX "returnline_item_id";
-- reverse: create index "returnline_customer_id" to table: "return_lines"
DROP INDEX "returnline_customer_id";
-- reverse: create "return_lines" table
DROP TABLE "return_lines";
-- reverse: create index "item_order_id_sku" to table: "items"
DROP INDEX "item_order_id_sku";
-- reverse: create index "item_order_id_position" to table: "items"
DROP INDEX "item_order_id_position";
-- reverse: create index "item_customer_id" to table: "items"
DROP INDEX "item_customer_id";
-- reverse: create "items" table
DROP TABLE "items";
-- reverse: create index "refundrequest_state_due_before" to table: "refunds"
DROP INDEX "refundrequest_state_due_before";
-- reverse: create index "refundrequest_return_id" to table: "refunds"
DROP INDEX "refundrequest_return_id";
-- reverse: create index "refundrequest_order_id" to table: "refunds"
DROP INDEX "refundrequest_order_id";
-- reverse: create index "refundrequest_customer_id" to table: "refunds"
DROP INDEX "refundrequest_customer_id";
-- reverse: create "refunds" table
DROP TABLE "refunds";
-- reverse: create index "event_return_id_at" to table: "events"
DROP INDEX "event_return_id_at";
-- reverse: create index "event_order_id_at" to table: "events"
DROP INDEX "event_order_id_at";
-- reverse: create index "event_customer_id" to table: "events"
DROP INDEX "event_customer_id";
-- reverse: create "events" table
DROP TABLE "events";
-- reverse: create index "returns_number_key" to table: "returns"
DROP INDEX "returns_number_key";
-- reverse: create index "returnrequest_state_due_before" to table: "returns"
DROP INDEX "returnrequest_state_due_before";
-- reverse: create index "returnrequest_requested_at" to table: "returns"
DROP INDEX "returnrequest_requested_at";
-- reverse: create index "returnrequest_order_id_requested_at" to table: "returns"
DROP INDEX "returnrequest_order_id_requested_at";
-- reverse: create index "returnrequest_due_before" to table: "returns"
DROP INDEX "returnrequest_due_before";
-- reverse: create index "returnrequest_customer_id_requested_at" to table: "returns"
DROP INDEX "returnrequest_customer_id_requested_at";
-- reverse: create "returns" table
DROP TABLE "returns";
-- reverse: create index "orders_number_key" to table: "orders"
DROP INDEX "orders_number_key";
-- reverse: create index "order_purchased_at" to table: "orders"
DROP INDEX "order_purchased_at";
-- reverse: create index "order_customer_id_purchased_at" to table: "orders"
DROP INDEX "order_customer_id_purchased_at";
-- reverse: create "orders" table
DROP TABLE "orders";
-- reverse: create index "customers_email_key" to table: "customers"
DROP INDEX "customers_email_key";
-- reverse: create "customers" table
DROP TABLE "customers";
