-- +goose Up
-- create "terms_editions" table
CREATE TABLE `terms_editions` (`id` text NOT NULL, `number` integer NULL, `version` text NOT NULL, `state` text NOT NULL, `canonical` text NOT NULL, `digest` text NOT NULL, `note` text NOT NULL DEFAULT (''), `in_force_from` datetime NULL, `acknowledged` json NULL, `drafted_by` text NOT NULL, `drafted_at` datetime NOT NULL, `proposed_by` text NOT NULL DEFAULT (''), `proposed_at` datetime NULL, `approved_by` text NOT NULL DEFAULT (''), `published_at` datetime NULL, PRIMARY KEY (`id`), CONSTRAINT `edition_published` CHECK ((state = 'PUBLISHED') = (number IS NOT NULL)));
-- create index "terms_editions_number_key" to table: "terms_editions"
CREATE UNIQUE INDEX `terms_editions_number_key` ON `terms_editions` (`number`);
-- create index "edition_state_in_force_from" to table: "terms_editions"
CREATE INDEX `edition_state_in_force_from` ON `terms_editions` (`state`, `in_force_from`);
-- create index "edition_digest" to table: "terms_editions"
CREATE INDEX `edition_digest` ON `terms_editions` (`digest`);

-- +goose Down
-- reverse: create index "edition_digest" to table: "terms_editions"
DROP INDEX `edition_digest`;
-- reverse: create index "edition_state_in_force_from" to table: "terms_editions"
DROP INDEX `edition_state_in_force_from`;
-- reverse: create index "terms_editions_number_key" to table: "terms_editions"
DROP INDEX `terms_editions_number_key`;
-- reverse: create "terms_editions" table
DROP TABLE `terms_editions`;
