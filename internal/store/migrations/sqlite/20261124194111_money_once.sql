-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_labels" table
CREATE TABLE `new_labels` (`id` text NOT NULL, `customer_id` text NOT NULL, `key` text NOT NULL, `state` text NOT NULL, `carrier` text NOT NULL DEFAULT (''), `tracking` text NOT NULL DEFAULT (''), `pdf` blob NULL, `asks` integer NOT NULL DEFAULT (0), `ask_before` datetime NULL, `ordered_at` datetime NOT NULL, `ready_at` datetime NULL, `return_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `labels_returns_label` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT, CONSTRAINT `label_ready` CHECK (state = 'PENDING' OR (ready_at IS NOT NULL AND pdf IS NOT NULL AND tracking <> '')));
-- copy rows from old table "labels" to new temporary table "new_labels"
INSERT INTO `new_labels` (`id`, `customer_id`, `key`, `state`, `carrier`, `tracking`, `pdf`, `ordered_at`, `ready_at`, `return_id`) SELECT `id`, `customer_id`, `key`, `state`, `carrier`, `tracking`, `pdf`, `ordered_at`, `ready_at`, `return_id` FROM `labels`;
-- drop "labels" table after copying rows
DROP TABLE `labels`;
-- rename temporary table "new_labels" to "labels"
ALTER TABLE `new_labels` RENAME TO `labels`;
-- create index "labels_key_key" to table: "labels"
CREATE UNIQUE INDEX `labels_key_key` ON `labels` (`key`);
-- create index "labels_return_id_key" to table: "labels"
CREATE UNIQUE INDEX `labels_return_id_key` ON `labels` (`return_id`);
-- create "new_returns" table
CREATE TABLE `new_returns` (`id` text NOT NULL, `number` text NOT NULL, `state` text NOT NULL, `requested_at` datetime NOT NULL, `filed_at` datetime NOT NULL, `filed_by` text NOT NULL, `note` text NOT NULL DEFAULT (''), `photos_waived` bool NOT NULL DEFAULT (false), `instructions` text NOT NULL DEFAULT (''), `instructions_at` datetime NULL, `hand_over_before` json NULL, `handed_over_at` datetime NULL, `hand_over_entered_at` datetime NULL, `carrier` text NOT NULL DEFAULT (''), `tracking` text NOT NULL DEFAULT (''), `received_at` datetime NULL, `inspected_at` datetime NULL, `refund_before` json NULL, `due_before` datetime NOT NULL, `outcome_note` text NOT NULL DEFAULT (''), `revision` integer NOT NULL DEFAULT (0), `customer_id` text NOT NULL, `order_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `returns_customers_returns` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE RESTRICT, CONSTRAINT `returns_orders_returns` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `return_received` CHECK (received_at IS NULL OR handed_over_at IS NOT NULL), CONSTRAINT `return_revision` CHECK (revision >= 0), CONSTRAINT `return_state_2` CHECK (state IN ('REQUESTED', 'AWAITING_EVIDENCE', 'APPROVED', 'EXPIRED', 'HANDED_OVER', 'RECEIVED', 'INSPECTED', 'REFUNDING', 'REFUND_FAILED', 'REFUNDED', 'CLOSED', 'DECLINED', 'CANCELLED')));
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
-- create "new_transfers" table
CREATE TABLE `new_transfers` (`id` text NOT NULL, `customer_id` text NOT NULL, `attempt` integer NOT NULL, `key` text NOT NULL, `replaces` text NULL, `state` text NOT NULL, `asks` integer NOT NULL DEFAULT (0), `ask_before` datetime NULL, `outside` text NOT NULL DEFAULT (''), `currency` text NOT NULL, `amount_minor` integer NOT NULL, `provider_id` text NOT NULL DEFAULT (''), `failure` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `answered_at` datetime NULL, `succeeded_at` datetime NULL, `payment_id` text NOT NULL, `refund_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `transfers_payments_transfers` FOREIGN KEY (`payment_id`) REFERENCES `payments` (`id`) ON DELETE RESTRICT, CONSTRAINT `transfers_refunds_transfers` FOREIGN KEY (`refund_id`) REFERENCES `refunds` (`id`) ON DELETE RESTRICT, CONSTRAINT `transfer_money` CHECK (amount_minor > 0 AND attempt > 0));
-- copy rows from old table "transfers" to new temporary table "new_transfers"
INSERT INTO `new_transfers` (`id`, `customer_id`, `attempt`, `key`, `state`, `currency`, `amount_minor`, `provider_id`, `failure`, `created_at`, `answered_at`, `payment_id`, `refund_id`) SELECT `id`, `customer_id`, `attempt`, `key`, `state`, `currency`, `amount_minor`, `provider_id`, `failure`, `created_at`, `answered_at`, `payment_id`, `refund_id` FROM `transfers`;
-- drop "transfers" table after copying rows
DROP TABLE `transfers`;
-- rename temporary table "new_transfers" to "transfers"
ALTER TABLE `new_transfers` RENAME TO `transfers`;
-- create index "transfers_key_key" to table: "transfers"
CREATE UNIQUE INDEX `transfers_key_key` ON `transfers` (`key`);
-- create index "transfers_replaces_key" to table: "transfers"
CREATE UNIQUE INDEX `transfers_replaces_key` ON `transfers` (`replaces`);
-- create index "transfer_refund_id_payment_id_attempt" to table: "transfers"
CREATE UNIQUE INDEX `transfer_refund_id_payment_id_attempt` ON `transfers` (`refund_id`, `payment_id`, `attempt`);
-- create index "transfer_payment_id" to table: "transfers"
CREATE INDEX `transfer_payment_id` ON `transfers` (`payment_id`);
-- create index "transfer_state_ask_before" to table: "transfers"
CREATE INDEX `transfer_state_ask_before` ON `transfers` (`state`, `ask_before`);
-- create index "transfer_provider_id" to table: "transfers"
CREATE INDEX `transfer_provider_id` ON `transfers` (`provider_id`);
-- create index "transfer_customer_id" to table: "transfers"
CREATE INDEX `transfer_customer_id` ON `transfers` (`customer_id`);
-- create "notices" table
CREATE TABLE `notices` (`id` text NOT NULL, `event_id` text NOT NULL, `type` text NOT NULL, `about` text NOT NULL, `state` text NOT NULL, `provider_id` text NOT NULL DEFAULT (''), `key` text NOT NULL DEFAULT (''), `status` text NOT NULL DEFAULT (''), `failure` text NOT NULL DEFAULT (''), `amount_minor` integer NOT NULL DEFAULT (0), `currency` text NOT NULL DEFAULT (''), `charge_refs` json NULL, `received_at` datetime NOT NULL, `applied_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "notices_event_id_key" to table: "notices"
CREATE UNIQUE INDEX `notices_event_id_key` ON `notices` (`event_id`);
-- create index "notice_state_received_at" to table: "notices"
CREATE INDEX `notice_state_received_at` ON `notices` (`state`, `received_at`);
-- create index "notice_provider_id" to table: "notices"
CREATE INDEX `notice_provider_id` ON `notices` (`provider_id`);
-- create "idempotency_keys" table
CREATE TABLE `idempotency_keys` (`id` text NOT NULL, `actor` text NOT NULL, `mutation` text NOT NULL, `key` text NOT NULL, `fingerprint` text NOT NULL, `return_id` text NOT NULL, `refund_id` text NOT NULL DEFAULT (''), `used_at` datetime NOT NULL, `busy_until` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "once_actor_mutation_key" to table: "idempotency_keys"
CREATE UNIQUE INDEX `once_actor_mutation_key` ON `idempotency_keys` (`actor`, `mutation`, `key`);
-- create "postings" table
CREATE TABLE `postings` (`id` text NOT NULL, `entry` text NOT NULL, `account` text NOT NULL, `currency` text NOT NULL, `minor` integer NOT NULL, `at` datetime NOT NULL, `refund_id` text NOT NULL, `transfer_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `postings_refunds_postings` FOREIGN KEY (`refund_id`) REFERENCES `refunds` (`id`) ON DELETE RESTRICT, CONSTRAINT `postings_transfers_postings` FOREIGN KEY (`transfer_id`) REFERENCES `transfers` (`id`) ON DELETE RESTRICT, CONSTRAINT `posting_minor` CHECK (minor <> 0), CONSTRAINT `posting_transfer` CHECK ((entry = 'OWED') = (transfer_id IS NULL)));
-- create index "posting_transfer_id_entry_account" to table: "postings"
CREATE UNIQUE INDEX `posting_transfer_id_entry_account` ON `postings` (`transfer_id`, `entry`, `account`);
-- create index "posting_refund_id" to table: "postings"
CREATE INDEX `posting_refund_id` ON `postings` (`refund_id`);
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
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
