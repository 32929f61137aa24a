-- +goose Up
-- modify "photos" table
ALTER TABLE "photos" ADD COLUMN "removed_at" timestamptz NULL, ADD COLUMN "removal" character varying NULL, ADD COLUMN "gone_at" timestamptz NULL;
-- create index "photo_removed_at_gone_at" to table: "photos"
CREATE INDEX "photo_removed_at_gone_at" ON "photos" ("removed_at", "gone_at");
-- create index "photo_uploaded_by_uploaded_at" to table: "photos"
CREATE INDEX "photo_uploaded_by_uploaded_at" ON "photos" ("uploaded_by", "uploaded_at");
-- create "uploads" table
CREATE TABLE "uploads" ("id" character varying NOT NULL, "customer_id" character varying NOT NULL, "begun_at" timestamptz NOT NULL, "begun_by" character varying NOT NULL, "expires_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "upload_begun_by_begun_at" to table: "uploads"
CREATE INDEX "upload_begun_by_begun_at" ON "uploads" ("begun_by", "begun_at");
-- create index "upload_customer_id" to table: "uploads"
CREATE INDEX "upload_customer_id" ON "uploads" ("customer_id");
-- create index "upload_expires_at" to table: "uploads"
CREATE INDEX "upload_expires_at" ON "uploads" ("expires_at");

-- +goose Down
-- reverse: create index "upload_expires_at" to table: "uploads"
DROP INDEX "upload_expires_at";
-- reverse: create index "upload_customer_id" to table: "uploads"
DROP INDEX "upload_customer_id";
-- reverse: create index "upload_begun_by_begun_at" to table: "uploads"
DROP INDEX "upload_begun_by_begun_at";
-- reverse: create "uploads" table
DROP TABLE "uploads";
-- reverse: create index "photo_uploaded_by_uploaded_at" to table: "photos"
DROP INDEX "photo_uploaded_by_uploaded_at";
-- reverse: create index "photo_removed_at_gone_at" to table: "photos"
DROP INDEX "photo_removed_at_gone_at";
-- reverse: modify "photos" table
ALTER TABLE "photos" DROP COLUMN "gone_at", DROP COLUMN "removal", DROP COLUMN "removed_at";
