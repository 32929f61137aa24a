-- +goose Up
-- create "refusals" table
CREATE TABLE `refusals` (`id` text NOT NULL, `customer_id` text NOT NULL, `reason` text NOT NULL, `quantity` integer NOT NULL, `outcome` text NOT NULL, `clause` text NOT NULL, `verdict` json NOT NULL, `facts` json NOT NULL, `terms_version` text NOT NULL, `terms_digest` text NOT NULL, `asked_at` datetime NOT NULL, `asked_on` text NOT NULL, `asked_by` text NOT NULL, `item_id` text NOT NULL, `order_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `refusals_items_refusals` FOREIGN KEY (`item_id`) REFERENCES `items` (`id`) ON DELETE RESTRICT, CONSTRAINT `refusals_orders_refusals` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT, CONSTRAINT `refusal_units` CHECK (quantity > 0));
-- create index "refusal_item_id_reason_outcome_clause_asked_on" to table: "refusals"
CREATE UNIQUE INDEX `refusal_item_id_reason_outcome_clause_asked_on` ON `refusals` (`item_id`, `reason`, `outcome`, `clause`, `asked_on`);
-- create index "refusal_asked_at" to table: "refusals"
CREATE INDEX `refusal_asked_at` ON `refusals` (`asked_at`);
-- create index "refusal_order_id" to table: "refusals"
CREATE INDEX `refusal_order_id` ON `refusals` (`order_id`);
-- create index "refusal_customer_id" to table: "refusals"
CREATE INDEX `refusal_customer_id` ON `refusals` (`customer_id`);

-- +goose Down
-- reverse: create index "refusal_customer_id" to table: "refusals"
DROP INDEX `refusal_customer_id`;
-- reverse: create index "refusal_order_id" to table: "refusals"
DROP INDEX `refusal_order_id`;
-- reverse: create index "refusal_asked_at" to table: "refusals"
DROP INDEX `refusal_asked_at`;
-- reverse: create index "refusal_item_id_reason_outcome_clause_asked_on" to table: "refusals"
DROP INDEX `refusal_item_id_reason_outcome_clause_asked_on`;
-- reverse: create "refusals" table
DROP TABLE `refusals`;
