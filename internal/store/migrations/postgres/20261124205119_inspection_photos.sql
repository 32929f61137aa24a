-- +goose Up
-- modify "photos" table
ALTER TABLE "photos" ADD COLUMN "inspection_id" character varying NULL, ADD CONSTRAINT "photos_inspections_photos" FOREIGN KEY ("inspection_id") REFERENCES "inspections" ("id") ON UPDATE NO ACTION ON DELETE RESTRICT;
-- create index "photo_inspection_id" to table: "photos"
CREATE INDEX "photo_inspection_id" ON "photos" ("inspection_id");

-- +goose Down
-- reverse: create index "photo_inspection_id" to table: "photos"
DROP INDEX "photo_inspection_id";
-- reverse: modify "photos" table
ALTER TABLE "photos" DROP CONSTRAINT "photos_inspections_photos", DROP COLUMN "inspection_id";
