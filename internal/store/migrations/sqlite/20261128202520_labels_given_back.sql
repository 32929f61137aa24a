-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_labels" table
CREATE TABLE `new_labels` (`id` text NOT NULL, `customer_id` text NOT NULL, `key` text NOT NULL, `state` text NOT NULL, `carrier` text NOT NULL DEFAULT (''), `tracking` text NOT NULL DEFAULT (''), `pdf` blob NULL, `asks` integer NOT NULL DEFAULT (0), `ask_before` datetime NULL, `ordered_at` datetime NOT NULL, `ready_at` datetime NULL, `state_at` datetime NULL, `return_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `labels_returns_label` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT, CONSTRAINT `label_sheet` CHECK (state <> 'READY' OR (ready_at IS NOT NULL AND pdf IS NOT NULL AND tracking <> '')));
-- copy rows from old table "labels" to new temporary table "new_labels"
INSERT INTO `new_labels` (`id`, `customer_id`, `key`, `state`, `carrier`, `tracking`, `pdf`, `asks`, `ask_before`, `ordered_at`, `ready_at`, `return_id`) SELECT `id`, `customer_id`, `key`, `state`, `carrier`, `tracking`, `pdf`, `asks`, `ask_before`, `ordered_at`, `ready_at`, `return_id` FROM `labels`;
-- drop "labels" table after copying rows
DROP TABLE `labels`;
-- rename temporary table "new_labels" to "labels"
ALTER TABLE `new_labels` RENAME TO `labels`;
-- create index "labels_key_key" to table: "labels"
CREATE UNIQUE INDEX `labels_key_key` ON `labels` (`key`);
-- create index "labels_return_id_key" to table: "labels"
CREATE UNIQUE INDEX `labels_return_id_key` ON `labels` (`return_id`);
UPDATE labels SET state_at = coalesce(ready_at, ordered_at);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "labels_return_id_key" to table: "labels"
DROP INDEX `labels_return_id_key`;
-- reverse: create index "labels_key_key" to table: "labels"
DROP INDEX `labels_key_key`;
-- reverse: create "new_labels" table
DROP TABLE `new_labels`;
