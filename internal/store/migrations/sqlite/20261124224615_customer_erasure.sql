-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_customers" table
CREATE TABLE `new_customers` (`id` text NOT NULL, `email` text NOT NULL, `name` text NOT NULL DEFAULT (''), `erased_at` datetime NULL, `erased_by` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- copy rows from old table "customers" to new temporary table "new_customers"
INSERT INTO `new_customers` (`id`, `email`, `name`) SELECT `id`, `email`, `name` FROM `customers`;
-- drop "customers" table after copying rows
DROP TABLE `customers`;
-- rename temporary table "new_customers" to "customers"
ALTER TABLE `new_customers` RENAME TO `customers`;
-- create index "customers_email_key" to table: "customers"
CREATE UNIQUE INDEX `customers_email_key` ON `customers` (`email`);
-- create "new_events" table
CREATE TABLE `new_events` (`id` text NOT NULL, `customer_id` text NOT NULL, `at` datetime NOT NULL, `actor` text NOT NULL, `role` text NOT NULL, `action` text NOT NULL, `reason` text NOT NULL DEFAULT (''), `salt` text NOT NULL DEFAULT (''), `before` json NULL, `after` json NULL, `seq` integer NOT NULL DEFAULT (0), `prev` text NOT NULL DEFAULT (''), `digest` text NOT NULL DEFAULT (''), `order_id` text NOT NULL, `return_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `events_orders_events` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `events_returns_events` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT);
-- copy rows from old table "events" to new temporary table "new_events"
INSERT INTO `new_events` (`id`, `customer_id`, `at`, `actor`, `role`, `action`, `reason`, `before`, `after`, `seq`, `prev`, `digest`, `order_id`, `return_id`) SELECT `id`, `customer_id`, `at`, `actor`, `role`, `action`, `reason`, `before`, `after`, `seq`, `prev`, `digest`, `order_id`, `return_id` FROM `events`;
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
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "event_customer_id" to table: "events"
DROP INDEX `event_customer_id`;
-- reverse: create index "event_order_id_at" to table: "events"
DROP INDEX `event_order_id_at`;
-- reverse: create index "event_return_id_at" to table: "events"
DROP INDEX `event_return_id_at`;
-- reverse: create "new_events" table
DROP TABLE `new_events`;
-- reverse: create index "customers_email_key" to table: "customers"
DROP INDEX `customers_email_key`;
-- reverse: create "new_customers" table
DROP TABLE `new_customers`;
