-- +goose Up
-- modify "terms_simulations" table
ALTER TABLE "terms_simulations" DROP CONSTRAINT "simulation_range", ADD CONSTRAINT "simulation_range_2" CHECK (range_from <= range_to);

-- +goose Down
-- reverse: modify "terms_simulations" table
ALTER TABLE "terms_simulations" DROP CONSTRAINT "simulation_range_2", ADD CONSTRAINT "simulation_range" CHECK (range_from < range_to);
