-- +goose Up
-- create "customers" table
CREATE TABLE `customers` (`id` text NOT NULL, `email` text NOT NULL, `name` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create index "customers_email_key" to table: "customers"
CREATE UNIQUE INDEX `customers_email_key` ON `customers` (`email`);
-- create "events" table
CREATE TABLE `events` (`id` text NOT NULL, `customer_id` text NOT NULL, `at` datetime NOT NULL, `actor` text NOT NULL, `role` text NOT NULL, `action` text NOT NULL, `reason` text NOT NULL DEFAULT (''), `before` json NULL, `after` json NULL, `order_id` text NOT NULL, `return_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `events_orders_events` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `events_returns_events` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT);
-- create index "event_return_id_at" to table: "events"
CREATE INDEX `event_return_id_at` ON `events` (`return_id`, `at`);
-- create index "event_order_id_at" to table: "events"
CREATE INDEX `event_order_id_at` ON `events` (`order_id`, `at`);
-- create index "event_customer_id" to table: "events"
CREATE INDEX `event_customer_id` ON `events` (`customer_id`);
-- create "inspections" table
CREATE TABLE `inspections` (`id` text NOT NULL, `customer_id` text NOT NULL, `settled` bool NOT NULL DEFAULT (false), `units` integer NOT NULL, `fate` text NOT NULL, `inspected_at` datetime NOT NULL, `inspector` text NOT NULL, `note` text NOT NULL DEFAULT (''), `facts` json NOT NULL, `judgement` json NOT NULL, `outcome` text NOT NULL, `overridden` bool NOT NULL DEFAULT (false), `fee_at_most_minor` integer NULL, `terms_version` text NOT NULL, `terms_digest` text NOT NULL, `refund_id` text NULL, `line_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `inspections_refunds_inspections` FOREIGN KEY (`refund_id`) REFERENCES `refunds` (`id`) ON DELETE RESTRICT, CONSTRAINT `inspections_return_lines_inspections` FOREIGN KEY (`line_id`) REFERENCES `return_lines` (`id`) ON DELETE RESTRICT, CONSTRAINT `inspection_fate` CHECK (fate IN ('ARRIVED', 'LOST', 'OTHER_ARRIVED')), CONSTRAINT `inspection_fee` CHECK (fee_at_most_minor IS NULL OR fee_at_most_minor >= 0), CONSTRAINT `inspection_units` CHECK (units > 0));
-- create index "inspection_line_id" to table: "inspections"
CREATE INDEX `inspection_line_id` ON `inspections` (`line_id`);
-- create index "inspection_refund_id" to table: "inspections"
CREATE INDEX `inspection_refund_id` ON `inspections` (`refund_id`);
-- create index "inspection_customer_id" to table: "inspections"
CREATE INDEX `inspection_customer_id` ON `inspections` (`customer_id`);
-- create "items" table
CREATE TABLE `items` (`id` text NOT NULL, `customer_id` text NOT NULL, `position` integer NOT NULL, `sku` text NOT NULL, `name` text NOT NULL, `quantity` integer NOT NULL, `currency` text NOT NULL, `paid_minor` integer NOT NULL, `paid_before_minor` integer NOT NULL, `units_before` integer NOT NULL, `packing_list` json NULL, `delivery` text NOT NULL, `carrier` text NOT NULL DEFAULT (''), `tracking` text NOT NULL DEFAULT (''), `shipped_at` datetime NULL, `delivered_at` datetime NULL, `units_claimed` integer NOT NULL DEFAULT (0), `units_refunded` integer NOT NULL DEFAULT (0), `order_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `items_orders_items` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `item_delivered` CHECK ((delivery = 'DELIVERED') = (delivered_at IS NOT NULL)), CONSTRAINT `item_delivery` CHECK (delivery IN ('NOT_SHIPPED', 'IN_TRANSIT', 'DELIVERED', 'UNKNOWN')), CONSTRAINT `item_money` CHECK (paid_minor >= 0 AND paid_before_minor >= 0), CONSTRAINT `item_units` CHECK (quantity > 0 AND units_claimed BETWEEN 0 AND quantity AND units_refunded BETWEEN 0 AND units_claimed));
-- create index "item_order_id_position" to table: "items"
CREATE UNIQUE INDEX `item_order_id_position` ON `items` (`order_id`, `position`);
-- create index "item_order_id_sku" to table: "items"
CREATE INDEX `item_order_id_sku` ON `items` (`order_id`, `sku`);
-- create index "item_customer_id" to table: "items"
CREATE INDEX `item_customer_id` ON `items` (`customer_id`);
-- create "labels" table
CREATE TABLE `labels` (`id` text NOT NULL, `customer_id` text NOT NULL, `key` text NOT NULL, `state` text NOT NULL, `carrier` text NOT NULL DEFAULT (''), `tracking` text NOT NULL DEFAULT (''), `pdf` blob NULL, `ordered_at` datetime NOT NULL, `ready_at` datetime NULL, `return_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `labels_returns_label` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT, CONSTRAINT `label_ready` CHECK (state = 'PENDING' OR (ready_at IS NOT NULL AND pdf IS NOT NULL AND tracking <> '')));
-- create index "labels_key_key" to table: "labels"
CREATE UNIQUE INDEX `labels_key_key` ON `labels` (`key`);
-- create index "labels_return_id_key" to table: "labels"
CREATE UNIQUE INDEX `labels_return_id_key` ON `labels` (`return_id`);
-- create "orders" table
CREATE TABLE `orders` (`id` text NOT NULL, `number` text NOT NULL, `currency` text NOT NULL, `purchased_at` datetime NOT NULL, `ship_to_country` text NOT NULL, `ship_to_zone` text NOT NULL DEFAULT (''), `ship_to_lines` json NULL, `shipping_minor` integer NOT NULL, `items_minor` integer NOT NULL, `units` integer NOT NULL, `proof` text NOT NULL, `returns_filed` integer NOT NULL DEFAULT (0), `fingerprint` text NOT NULL, `recorded_at` datetime NOT NULL, `customer_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `orders_customers_orders` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE RESTRICT, CONSTRAINT `order_money` CHECK (shipping_minor >= 0 AND items_minor >= 0), CONSTRAINT `order_proof` CHECK (proof IN ('ACCOUNT_ORDER', 'RECEIPT_VERIFIED', 'NONE')));
-- create index "orders_number_key" to table: "orders"
CREATE UNIQUE INDEX `orders_number_key` ON `orders` (`number`);
-- create index "order_customer_id_purchased_at" to table: "orders"
CREATE INDEX `order_customer_id_purchased_at` ON `orders` (`customer_id`, `purchased_at`);
-- create index "order_purchased_at" to table: "orders"
CREATE INDEX `order_purchased_at` ON `orders` (`purchased_at`);
-- create "payments" table
CREATE TABLE `payments` (`id` text NOT NULL, `customer_id` text NOT NULL, `position` integer NOT NULL, `ref` text NOT NULL, `method` text NOT NULL DEFAULT (''), `currency` text NOT NULL, `captured_minor` integer NOT NULL, `refunded_minor` integer NOT NULL DEFAULT (0), `order_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `payments_orders_payments` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `payment_money` CHECK (refunded_minor BETWEEN 0 AND captured_minor));
-- create index "payment_order_id_position" to table: "payments"
CREATE UNIQUE INDEX `payment_order_id_position` ON `payments` (`order_id`, `position`);
-- create index "payment_order_id_ref" to table: "payments"
CREATE UNIQUE INDEX `payment_order_id_ref` ON `payments` (`order_id`, `ref`);
-- create "photos" table
CREATE TABLE `photos` (`id` text NOT NULL, `customer_id` text NOT NULL, `content_type` text NOT NULL, `bytes` integer NOT NULL, `width` integer NOT NULL, `height` integer NOT NULL, `sha256` text NOT NULL, `uploaded_at` datetime NOT NULL, `uploaded_by` text NOT NULL, `return_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `photos_returns_photos` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT, CONSTRAINT `photo_size` CHECK (bytes > 0 AND width >= 0 AND height >= 0));
-- create index "photo_return_id" to table: "photos"
CREATE INDEX `photo_return_id` ON `photos` (`return_id`);
-- create index "photo_customer_id_uploaded_at" to table: "photos"
CREATE INDEX `photo_customer_id_uploaded_at` ON `photos` (`customer_id`, `uploaded_at`);
-- create "refunds" table
CREATE TABLE `refunds` (`id` text NOT NULL, `customer_id` text NOT NULL, `state` text NOT NULL, `currency` text NOT NULL, `total_minor` integer NOT NULL, `breakdown` json NOT NULL, `due_before` datetime NOT NULL, `created_at` datetime NOT NULL, `created_by` text NOT NULL, `succeeded_at` datetime NULL, `order_id` text NOT NULL, `return_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `refunds_orders_refunds` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `refunds_returns_refunds` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT, CONSTRAINT `refund_money` CHECK (total_minor > 0));
-- create index "refundrequest_return_id" to table: "refunds"
CREATE INDEX `refundrequest_return_id` ON `refunds` (`return_id`);
-- create index "refundrequest_order_id" to table: "refunds"
CREATE INDEX `refundrequest_order_id` ON `refunds` (`order_id`);
-- create index "refundrequest_state_due_before" to table: "refunds"
CREATE INDEX `refundrequest_state_due_before` ON `refunds` (`state`, `due_before`);
-- create index "refundrequest_customer_id" to table: "refunds"
CREATE INDEX `refundrequest_customer_id` ON `refunds` (`customer_id`);
-- create "return_lines" table
CREATE TABLE `return_lines` (`id` text NOT NULL, `customer_id` text NOT NULL, `position` integer NOT NULL, `reason` text NOT NULL, `quantity` integer NOT NULL, `ever_worked` bool NULL, `missing_on_arrival` json NULL, `missing_declared` json NULL, `comment` text NOT NULL DEFAULT (''), `outcome` text NOT NULL, `overridden` bool NOT NULL DEFAULT (false), `verdict` json NOT NULL, `facts` json NOT NULL, `terms_version` text NOT NULL, `terms_digest` text NOT NULL, `units_back` integer NOT NULL DEFAULT (0), `units_judged` integer NOT NULL DEFAULT (0), `item_id` text NOT NULL, `return_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `return_lines_items_return_lines` FOREIGN KEY (`item_id`) REFERENCES `items` (`id`) ON DELETE RESTRICT, CONSTRAINT `return_lines_returns_lines` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT, CONSTRAINT `return_line_units` CHECK (quantity > 0 AND units_back BETWEEN 0 AND quantity AND units_judged BETWEEN 0 AND units_back));
-- create index "returnline_return_id_position" to table: "return_lines"
CREATE UNIQUE INDEX `returnline_return_id_position` ON `return_lines` (`return_id`, `position`);
-- create index "returnline_item_id" to table: "return_lines"
CREATE INDEX `returnline_item_id` ON `return_lines` (`item_id`);
-- create index "returnline_reason" to table: "return_lines"
CREATE INDEX `returnline_reason` ON `return_lines` (`reason`);
-- create index "returnline_customer_id" to table: "return_lines"
CREATE INDEX `returnline_customer_id` ON `return_lines` (`customer_id`);
-- create "returns" table
CREATE TABLE `returns` (`id` text NOT NULL, `number` text NOT NULL, `state` text NOT NULL, `requested_at` datetime NOT NULL, `filed_at` datetime NOT NULL, `filed_by` text NOT NULL, `note` text NOT NULL DEFAULT (''), `photos_waived` bool NOT NULL DEFAULT (false), `instructions` text NOT NULL DEFAULT (''), `instructions_at` datetime NULL, `hand_over_before` json NULL, `handed_over_at` datetime NULL, `carrier` text NOT NULL DEFAULT (''), `tracking` text NOT NULL DEFAULT (''), `received_at` datetime NULL, `inspected_at` datetime NULL, `refund_before` json NULL, `due_before` datetime NOT NULL, `outcome_note` text NOT NULL DEFAULT (''), `revision` integer NOT NULL DEFAULT (0), `customer_id` text NOT NULL, `order_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `returns_customers_returns` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE RESTRICT, CONSTRAINT `returns_orders_returns` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `return_received` CHECK (received_at IS NULL OR handed_over_at IS NOT NULL), CONSTRAINT `return_revision` CHECK (revision >= 0), CONSTRAINT `return_state` CHECK (state IN ('REQUESTED', 'AWAITING_EVIDENCE', 'APPROVED', 'HANDED_OVER', 'RECEIVED', 'INSPECTED', 'REFUNDING', 'REFUND_FAILED', 'REFUNDED', 'CLOSED', 'DECLINED', 'CANCELLED')));
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
-- create "transfers" table
CREATE TABLE `transfers` (`id` text NOT NULL, `customer_id` text NOT NULL, `attempt` integer NOT NULL, `key` text NOT NULL, `state` text NOT NULL, `currency` text NOT NULL, `amount_minor` integer NOT NULL, `provider_id` text NOT NULL DEFAULT (''), `failure` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `answered_at` datetime NULL, `payment_id` text NOT NULL, `refund_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `transfers_payments_transfers` FOREIGN KEY (`payment_id`) REFERENCES `payments` (`id`) ON DELETE RESTRICT, CONSTRAINT `transfers_refunds_transfers` FOREIGN KEY (`refund_id`) REFERENCES `refunds` (`id`) ON DELETE RESTRICT, CONSTRAINT `transfer_money` CHECK (amount_minor > 0 AND attempt > 0));
-- create index "transfers_key_key" to table: "transfers"
CREATE UNIQUE INDEX `transfers_key_key` ON `transfers` (`key`);
-- create index "transfer_refund_id_payment_id_attempt" to table: "transfers"
CREATE UNIQUE INDEX `transfer_refund_id_payment_id_attempt` ON `transfers` (`refund_id`, `payment_id`, `attempt`);
-- create index "transfer_payment_id" to table: "transfers"
CREATE INDEX `transfer_payment_id` ON `transfers` (`payment_id`);
-- create index "transfer_state" to table: "transfers"
CREATE INDEX `transfer_state` ON `transfers` (`state`);
-- create index "transfer_customer_id" to table: "transfers"
CREATE INDEX `transfer_customer_id` ON `transfers` (`customer_id`);

-- +goose Down
-- reverse: create index "transfer_customer_id" to table: "transfers"
DROP INDEX `transfer_customer_id`;
-- reverse: create index "transfer_state" to table: "transfers"
DROP INDEX `transfer_state`;
-- reverse: create index "transfer_payment_id" to table: "transfers"
DROP INDEX `transfer_payment_id`;
-- reverse: create index "transfer_refund_id_payment_id_attempt" to table: "transfers"
DROP INDEX `transfer_refund_id_payment_id_attempt`;
-- reverse: create index "transfers_key_key" to table: "transfers"
DROP INDEX `transfers_key_key`;
-- reverse: create "transfers" table
DROP TABLE `transfers`;
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
-- reverse: create "returns" table
DROP TABLE `returns`;
-- reverse: create index "returnline_customer_id" to table: "return_lines"
DROP INDEX `returnline_customer_id`;
-- reverse: create index "returnline_reason" to table: "return_lines"
DROP INDEX `returnline_reason`;
-- reverse: create index "returnline_item_id" to table: "return_lines"
DROP INDEX `returnline_item_id`;
-- reverse: create index "returnline_return_id_position" to table: "return_lines"
DROP INDEX `returnline_return_id_position`;
-- reverse: create "return_lines" table
DROP TABLE `return_lines`;
-- reverse: create index "refundrequest_customer_id" to table: "refunds"
DROP INDEX `refundrequest_customer_id`;
-- reverse: create index "refundrequest_state_due_before" to table: "refunds"
DROP INDEX `refundrequest_state_due_before`;
-- reverse: create index "refundrequest_order_id" to table: "refunds"
DROP INDEX `refundrequest_order_id`;
-- reverse: create index "refundrequest_return_id" to table: "refunds"
DROP INDEX `refundrequest_return_id`;
-- reverse: create "refunds" table
DROP TABLE `refunds`;
-- reverse: create index "photo_customer_id_uploaded_at" to table: "photos"
DROP INDEX `photo_customer_id_uploaded_at`;
-- reverse: create index "photo_return_id" to table: "photos"
DROP INDEX `photo_return_id`;
-- reverse: create "photos" table
DROP TABLE `photos`;
-- reverse: create index "payment_order_id_ref" to table: "payments"
DROP INDEX `payment_order_id_ref`;
-- reverse: create index "payment_order_id_position" to table: "payments"
DROP INDEX `payment_order_id_position`;
-- reverse: create "payments" table
DROP TABLE `payments`;
-- reverse: create index "order_purchased_at" to table: "orders"
DROP INDEX `order_purchased_at`;
-- reverse: create index "order_customer_id_purchased_at" to table: "orders"
DROP INDEX `order_customer_id_purchased_at`;
-- reverse: create index "orders_number_key" to table: "orders"
DROP INDEX `orders_number_key`;
-- reverse: create "orders" table
DROP TABLE `orders`;
-- reverse: create index "labels_return_id_key" to table: "labels"
DROP INDEX `labels_return_id_key`;
-- reverse: create index "labels_key_key" to table: "labels"
DROP INDEX `labels_key_key`;
-- reverse: create "labels" table
DROP TABLE `labels`;
-- reverse: create index "item_customer_id" to table: "items"
DROP INDEX `item_customer_id`;
-- reverse: create index "item_order_id_sku" to table: "items"
DROP INDEX `item_order_id_sku`;
-- reverse: create index "item_order_id_position" to table: "items"
DROP INDEX `item_order_id_position`;
-- reverse: create "items" table
DROP TABLE `items`;
-- reverse: create index "inspection_customer_id" to table: "inspections"
DROP INDEX `inspection_customer_id`;
-- reverse: create index "inspection_refund_id" to table: "inspections"
DROP INDEX `inspection_refund_id`;
-- reverse: create index "inspection_line_id" to table: "inspections"
DROP INDEX `inspection_line_id`;
-- reverse: create "inspections" table
DROP TABLE `inspections`;
-- reverse: create index "event_customer_id" to table: "events"
DROP INDEX `event_customer_id`;
-- reverse: create index "event_order_id_at" to table: "events"
DROP INDEX `event_order_id_at`;
-- reverse: create index "event_return_id_at" to table: "events"
DROP INDEX `event_return_id_at`;
-- reverse: create "events" table
DROP TABLE `events`;
-- reverse: create index "customers_email_key" to table: "customers"
DROP INDEX `customers_email_key`;
-- reverse: create "customers" table
DROP TABLE `customers`;
