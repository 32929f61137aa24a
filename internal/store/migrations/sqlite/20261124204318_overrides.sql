-- +goose Up
-- create "overrides" table
CREATE TABLE `overrides` (`id` text NOT NULL, `kind` text NOT NULL, `subject` text NOT NULL, `state` text NOT NULL, `code` text NOT NULL, `reason` text NOT NULL, `before` text NOT NULL, `after` text NOT NULL, `currency` text NOT NULL, `effect_minor` integer NOT NULL, `asked_by` text NOT NULL, `asked_at` datetime NOT NULL, `decided_by` text NOT NULL DEFAULT (''), `decided_at` datetime NULL, `return_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `overrides_returns_overrides` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT, CONSTRAINT `override_second` CHECK (state <> 'REJECTED' OR decided_by <> ''));
-- create index "override_return_id" to table: "overrides"
CREATE INDEX `override_return_id` ON `overrides` (`return_id`);
-- create index "override_state_asked_at" to table: "overrides"
CREATE INDEX `override_state_asked_at` ON `overrides` (`state`, `asked_at`);

-- +goose Down
-- reverse: create index "override_state_asked_at" to table: "overrides"
DROP INDEX `override_state_asked_at`;
-- reverse: create index "override_return_id" to table: "overrides"
DROP INDEX `override_return_id`;
-- reverse: create "overrides" table
DROP TABLE `overrides`;
