-- +goose Up
-- add column "seal" to table: "terms_editions"
ALTER TABLE `terms_editions` ADD COLUMN `seal` text NULL;
-- add column "sealed" to table: "events"
ALTER TABLE `events` ADD COLUMN `sealed` json NULL;

-- +goose Down
-- reverse: add column "sealed" to table: "events"
ALTER TABLE `events` DROP COLUMN `sealed`;
-- reverse: add column "seal" to table: "terms_editions"
ALTER TABLE `terms_editions` DROP COLUMN `seal`;
