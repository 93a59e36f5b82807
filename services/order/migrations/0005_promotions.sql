-- The promotion that lowered the price of a line's first term, and with what that term ends: empty where
-- there is none, and in lines from before either could be chosen.
ALTER TABLE order_lines ADD COLUMN promotion {json};
ALTER TABLE order_lines ADD COLUMN alignment {json};
