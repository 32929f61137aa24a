-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_photos" table
CREATE TABLE `new_photos` (`id` text NOT NULL, `customer_id` text NOT NULL, `content_type` text NOT NULL, `bytes` integer NOT NULL, `width` integer NOT NULL, `height` integer NOT NULL, `sha256` text NOT NULL, `uploaded_at` datetime NOT NULL, `uploaded_by` text NOT NULL, `removed_at` datetime NULL, `removal` text NULL, `gone_at` datetime NULL, `inspection_id` text NULL, `return_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `photos_inspections_photos` FOREIGN KEY (`inspection_id`) REFERENCES `inspections` (`id`) ON DELETE RESTRICT, CONSTRAINT `photos_returns_photos` FOREIGN KEY (`return_id`) REFERENCES `returns` (`id`) ON DELETE RESTRICT, CONSTRAINT `photo_size` CHECK (bytes > 0 AND width >= 0 AND height >= 0));
-- copy rows from old table "photos" to new temporary table "new_photos"
INSERT INTO `new_photos` (`id`, `customer_id`, `content_type`, `bytes`, `width`, `height`, `sha256`, `uploaded_at`, `uploaded_by`, `inspection_id`, `return_id`) SELECT `id`, `customer_id`, `content_type`, `bytes`, `width`, `height`, `sha256`, `uploaded_at`, `uploaded_by`, `inspection_id`, `return_id` FROM `photos`;
-- drop "photos" table after copying rows
DROP TABLE `photos`;
-- rename temporary table "new_photos" to "photos"
ALTER TABLE `new_photos` RENAME TO `photos`;
-- create index "photo_return_id" to table: "photos"
CREATE INDEX `photo_return_id` ON `photos` (`return_id`);
-- create index "photo_inspection_id" to table: "photos"
CREATE INDEX `photo_inspection_id` ON `photos` (`inspection_id`);
-- create index "photo_customer_id_uploaded_at" to table: "photos"
CREATE INDEX `photo_customer_id_uploaded_at` ON `photos` (`customer_id`, `uploaded_at`);
-- create index "photo_uploaded_by_uploaded_at" to table: "photos"
CREATE INDEX `photo_uploaded_by_uploaded_at` ON `photos` (`uploaded_by`, `uploaded_at`);
-- create index "photo_removed_at_gone_at" to table: "photos"
CREATE INDEX `photo_removed_at_gone_at` ON `photos` (`removed_at`, `gone_at`);
-- create "uploads" table
CREATE TABLE `uploads` (`id` text NOT NULL, `customer_id` text NOT NULL, `begun_at` datetime NOT NULL, `begun_by` text NOT NULL, `expires_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "upload_customer_id" to table: "uploads"
CREATE INDEX `upload_customer_id` ON `uploads` (`customer_id`);
-- create index "upload_begun_by_begun_at" to table: "uploads"
CREATE INDEX `upload_begun_by_begun_at` ON `uploads` (`begun_by`, `begun_at`);
-- create index "upload_expires_at" to table: "uploads"
CREATE INDEX `upload_expires_at` ON `uploads` (`expires_at`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "upload_expires_at" to table: "uploads"
DROP INDEX `upload_expires_at`;
-- reverse: create index "upload_begun_by_begun_at" to table: "uploads"
DROP INDEX `upload_begun_by_begun_at`;
-- reverse: create index "upload_customer_id" to table: "uploads"
DROP INDEX `upload_customer_id`;
-- reverse: create "uploads" table
DROP TABLE `uploads`;
-- reverse: create index "photo_removed_at_gone_at" to table: "photos"
DROP INDEX `photo_removed_at_gone_at`;
-- reverse: create index "photo_uploaded_by_uploaded_at" to table: "photos"
DROP INDEX `photo_uploaded_by_uploaded_at`;
-- reverse: create index "photo_customer_id_uploaded_at" to table: "photos"
DROP INDEX `photo_customer_id_uploaded_at`;
-- reverse: create index "photo_inspection_id" to table: "photos"
DROP INDEX `photo_inspection_id`;
-- reverse: create index "photo_return_id" to table: "photos"
DROP INDEX `photo_return_id`;
-- reverse: create "new_photos" table
DROP TABLE `new_photos`;
