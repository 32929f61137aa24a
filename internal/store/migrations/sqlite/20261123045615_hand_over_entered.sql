-- +goose Up
-- add column "hand_over_entered_at" to table: "returns"
ALTER TABLE `returns` ADD COLUMN `hand_over_entered_at` datetime NULL;

-- +goose Down
-- reverse: add column "hand_over_entered_at" to table: "returns"
ALTER TABLE `returns` DROP COLUMN `hand_over_entered_at`;
