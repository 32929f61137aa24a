-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_events" table
CREATE TABLE `new_events` (`id` text NOT NULL, `customer_id` text NOT NULL, `at` datetime NOT NULL, `actor` text NOT NULL, `role` text NOT NULL, `action` text NOT NULL, `reason` text NOT NULL DEFAULT (''), `before` json NULL, `after` json NULL, `seq` integer NOT NULL DEFAULT (0), `prev` text NOT NULL DEFAULT (''), `digest` text NOT NULL DEFAULT (''), `order_id` text NOT NULL, `return_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `events_orders_events` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `events_returns_events` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT);
-- copy rows from old table "events" to new temporary table "new_events"
INSERT INTO `new_events` (`id`, `customer_id`, `at`, `actor`, `role`, `action`, `reason`, `before`, `after`, `order_id`, `return_id`) SELECT `id`, `customer_id`, `at`, `actor`, `role`, `action`, `reason`, `before`, `after`, `order_id`, `return_id` FROM `events`;
-- drop "events" table after copying rows
DROP TABLE `events`;
-- rename temporary table "new_events" to "events"
ALTER TABLE `new_events` RENAME TO `events`;
-- create index "event_return_id_at" to table: "events"
CREATE INDEX `event_return_id_at` ON `events` (`return_id`, `at`);
-- create index "event_order_id_at" to table: "events"
CREATE INDEX `event_order_id_at` ON `events` (`order_id`, `at`);
-- create index "event_customer_id" to table: "events"
CREATE INDEX `event_customer_id` ON `events` (`customer_id`);
-- create "new_orders" table
CREATE TABLE `new_orders` (`id` text NOT NULL, `number` text NOT NULL, `currency` text NOT NULL, `purchased_at` datetime NOT NULL, `ship_to_country` text NOT NULL, `ship_to_zone` text NOT NULL DEFAULT (''), `ship_to_lines` json NULL, `shipping_minor` integer NOT NULL, `items_minor` integer NOT NULL, `units` integer NOT NULL, `proof` text NOT NULL, `returns_filed` integer NOT NULL DEFAULT (0), `fingerprint` text NOT NULL, `events_seq` integer NOT NULL DEFAULT (0), `events_digest` text NOT NULL DEFAULT (''), `recorded_at` datetime NOT NULL, `customer_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `orders_customers_orders` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE RESTRICT, CONSTRAINT `order_money` CHECK (shipping_minor >= 0 AND items_minor >= 0), CONSTRAINT `order_proof` CHECK (proof IN ('ACCOUNT_ORDER', 'RECEIPT_VERIFIED', 'NONE')));
-- copy rows from old table "orders" to new temporary table "new_orders"
INSERT INTO `new_orders` (`id`, `number`, `currency`, `purchased_at`, `ship_to_country`, `ship_to_zone`, `ship_to_lines`, `shipping_minor`, `items_minor`, `units`, `proof`, `returns_filed`, `fingerprint`, `recorded_at`, `customer_id`) SELECT `id`, `number`, `currency`, `purchased_at`, `ship_to_country`, `ship_to_zone`, `ship_to_lines`, `shipping_minor`, `items_minor`, `units`, `proof`, `returns_filed`, `fingerprint`, `recorded_at`, `customer_id` FROM `orders`;
-- drop "orders" table after copying rows
DROP TABLE `orders`;
-- rename temporary table "new_orders" to "orders"
ALTER TABLE `new_orders` RENAME TO `orders`;
-- create index "orders_number_key" to table: "orders"
CREATE UNIQUE INDEX `orders_number_key` ON `orders` (`number`);
-- create index "order_customer_id_purchased_at" to table: "orders"
CREATE INDEX `order_customer_id_purchased_at` ON `orders` (`customer_id`, `purchased_at`);
-- create index "order_purchased_at" to table: "orders"
CREATE INDEX `order_purchased_at` ON `orders` (`purchased_at`);
-- create "new_returns" table
CREATE TABLE `new_returns` (`id` text NOT NULL, `number` text NOT NULL, `state` text NOT NULL, `requested_at` datetime NOT NULL, `filed_at` datetime NOT NULL, `filed_by` text NOT NULL, `note` text NOT NULL DEFAULT (''), `photos_waived` bool NOT NULL DEFAULT (false), `instructions` text NOT NULL DEFAULT (''), `instructions_at` datetime NULL, `hand_over_before` json NULL, `handed_over_at` datetime NULL, `hand_over_entered_at` datetime NULL, `carrier` text NOT NULL DEFAULT (''), `tracking` text NOT NULL DEFAULT (''), `received_at` datetime NULL, `inspected_at` datetime NULL, `refund_before` json NULL, `due_before` datetime NOT NULL, `outcome_note` text NOT NULL DEFAULT (''), `events_seq` integer NOT NULL DEFAULT (0), `events_digest` text NOT NULL DEFAULT (''), `revision` integer NOT NULL DEFAULT (0), `customer_id` text NOT NULL, `order_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `returns_customers_returns` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE RESTRICT, CONSTRAINT `returns_orders_returns` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `return_received` CHECK (received_at IS NULL OR handed_over_at IS NOT NULL), CONSTRAINT `return_revision` CHECK (revision >= 0), CONSTRAINT `return_state_2` CHECK (state IN ('REQUESTED', 'AWAITING_EVIDENCE', 'APPROVED', 'EXPIRED', 'HANDED_OVER', 'RECEIVED', 'INSPECTED', 'REFUNDING', 'REFUND_FAILED', 'REFUNDED', 'CLOSED', 'DECLINED', 'CANCELLED')));
-- copy rows from old table "returns" to new temporary table "new_returns"
INSERT INTO `new_returns` (`id`, `number`, `state`, `requested_at`, `filed_at`, `filed_by`, `note`, `photos_waived`, `instructions`, `instructions_at`, `hand_over_before`, `handed_over_at`, `hand_over_entered_at`, `carrier`, `tracking`, `received_at`, `inspected_at`, `refund_before`, `due_before`, `outcome_note`, `revision`, `customer_id`, `order_id`) SELECT `id`, `number`, `state`, `requested_at`, `filed_at`, `filed_by`, `note`, `photos_waived`, `instructions`, `instructions_at`, `hand_over_before`, `handed_over_at`, `hand_over_entered_at`, `carrier`, `tracking`, `received_at`, `inspected_at`, `refund_before`, `due_before`, `outcome_note`, `revision`, `customer_id`, `order_id` FROM `returns`;
-- drop "returns" table after copying rows
DROP TABLE `returns`;
-- rename temporary table "new_returns" to "returns"
ALTER TABLE `new_returns` RENAME TO `returns`;
-- create index "returns_number_key" to table: "returns"
CREATE UNIQUE INDEX `returns_number_key` ON `returns` (`number`);
-- create index "returnrequest_customer_id_requested_at" to table: "returns"
CREATE INDEX `returnrequest_customer_id_requested_at` ON `returns` (`customer_id`, `requested_at`);
-- create index "returnrequest_order_id_requested_at" to table: "returns"
CREATE INDEX `returnrequest_order_id_requested_at` ON `returns` (`order_id`, `requested_at`);
-- create index "returnrequest_state_due_before" to table: "returns"
CREATE INDEX `returnrequest_state_due_before` ON `returns` (`state`, `due_before`);
-- create index "returnrequest_due_before" to table: "returns"
CREATE INDEX `returnrequest_due_before` ON `returns` (`due_before`);
-- create index "returnrequest_requested_at" to table: "returns"
CREATE INDEX `returnrequest_requested_at` ON `returns` (`requested_at`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "returnrequest_requested_at" to table: "returns"
DROP INDEX `returnrequest_requested_at`;
-- reverse: create index "returnrequest_due_before" to table: "returns"
DROP INDEX `returnrequest_due_before`;
-- reverse: create index "returnrequest_state_due_before" to table: "returns"
DROP INDEX `returnrequest_state_due_before`;
-- reverse: create index "returnrequest_order_id_requested_at" to table: "returns"
DROP INDEX `returnrequest_order_id_requested_at`;
-- reverse: create index "returnrequest_customer_id_requested_at" to table: "returns"
DROP INDEX `returnrequest_customer_id_requested_at`;
-- reverse: create index "returns_number_key" to table: "returns"
DROP INDEX `returns_number_key`;
-- reverse: create "new_returns" table
DROP TABLE `new_returns`;
-- reverse: create index "order_purchased_at" to table: "orders"
DROP INDEX `order_purchased_at`;
-- reverse: create index "order_customer_id_purchased_at" to table: "orders"
DROP INDEX `order_customer_id_purchased_at`;
-- reverse: create index "orders_number_key" to table: "orders"
DROP INDEX `orders_number_key`;
-- reverse: create "new_orders" table
DROP TABLE `new_orders`;
-- reverse: create index "event_customer_id" to table: "events"
DROP INDEX `event_customer_id`;
-- reverse: create index "event_order_id_at" to table: "events"
DROP INDEX `event_order_id_at`;
-- reverse: create index "event_return_id_at" to table: "events"
DROP INDEX `event_return_id_at`;
-- reverse: create "new_events" table
DROP TABLE `new_events`;
