-- +goose Up
-- create "terms_simulations" table
CREATE TABLE `terms_simulations` (`id` text NOT NULL, `range_from` datetime NOT NULL, `range_to` datetime NOT NULL, `state` text NOT NULL, `done` integer NOT NULL DEFAULT (0), `total` integer NOT NULL, `place` text NOT NULL DEFAULT (''), `report` json NULL, `requested_by` text NOT NULL, `requested_at` datetime NOT NULL, `finished_at` datetime NULL, `failure` text NOT NULL DEFAULT (''), `edition_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `terms_simulations_terms_editions_edition` FOREIGN KEY (`edition_id`) REFERENCES `terms_editions` (`id`) ON DELETE RESTRICT, CONSTRAINT `simulation_count` CHECK (done >= 0 AND total >= 0), CONSTRAINT `simulation_ended` CHECK ((state IN ('DONE', 'FAILED')) = (finished_at IS NOT NULL)), CONSTRAINT `simulation_range` CHECK (range_from < range_to));
-- create index "simulation_state_requested_at" to table: "terms_simulations"
CREATE INDEX `simulation_state_requested_at` ON `terms_simulations` (`state`, `requested_at`);
-- create index "simulation_edition_id" to table: "terms_simulations"
CREATE INDEX `simulation_edition_id` ON `terms_simulations` (`edition_id`);

-- +goose Down
-- reverse: create index "simulation_edition_id" to table: "terms_simulations"
DROP INDEX `simulation_edition_id`;
-- reverse: create index "simulation_state_requested_at" to table: "terms_simulations"
DROP INDEX `simulation_state_requested_at`;
-- reverse: create "terms_simulations" table
DROP TABLE `terms_simulations`;
