-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_terms_simulations" table
CREATE TABLE `new_terms_simulations` (`id` text NOT NULL, `range_from` datetime NOT NULL, `range_to` datetime NOT NULL, `state` text NOT NULL, `done` integer NOT NULL DEFAULT (0), `total` integer NOT NULL, `place` text NOT NULL DEFAULT (''), `report` json NULL, `requested_by` text NOT NULL, `requested_at` datetime NOT NULL, `finished_at` datetime NULL, `failure` text NOT NULL DEFAULT (''), `edition_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `terms_simulations_terms_editions_edition` FOREIGN KEY (`edition_id`) REFERENCES `terms_editions` (`id`) ON DELETE RESTRICT, CONSTRAINT `simulation_count` CHECK (done >= 0 AND total >= 0), CONSTRAINT `simulation_ended` CHECK ((state IN ('DONE', 'FAILED')) = (finished_at IS NOT NULL)), CONSTRAINT `simulation_range_2` CHECK (range_from <= range_to));
-- copy rows from old table "terms_simulations" to new temporary table "new_terms_simulations"
INSERT INTO `new_terms_simulations` (`id`, `range_from`, `range_to`, `state`, `done`, `total`, `place`, `report`, `requested_by`, `requested_at`, `finished_at`, `failure`, `edition_id`) SELECT `id`, `range_from`, `range_to`, `state`, `done`, `total`, `place`, `report`, `requested_by`, `requested_at`, `finished_at`, `failure`, `edition_id` FROM `terms_simulations`;
-- drop "terms_simulations" table after copying rows
DROP TABLE `terms_simulations`;
-- rename temporary table "new_terms_simulations" to "terms_simulations"
ALTER TABLE `new_terms_simulations` RENAME TO `terms_simulations`;
-- create index "simulation_state_requested_at" to table: "terms_simulations"
CREATE INDEX `simulation_state_requested_at` ON `terms_simulations` (`state`, `requested_at`);
-- create index "simulation_edition_id" to table: "terms_simulations"
CREATE INDEX `simulation_edition_id` ON `terms_simulations` (`edition_id`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "simulation_edition_id" to table: "terms_simulations"
DROP INDEX `simulation_edition_id`;
-- reverse: create index "simulation_state_requested_at" to table: "terms_simulations"
DROP INDEX `simulation_state_requested_at`;
-- reverse: create "new_terms_simulations" table
DROP TABLE `new_terms_simulations`;
