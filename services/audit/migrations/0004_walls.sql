-- The second wall (PAR-14), as lifecycle has it: below all checks of ours, a transaction on behalf of a
-- partner or a customer has no other entries than theirs. The settings are those of db::Sight; without them
-- nothing is behind a wall. The subqueries are run once a statement.
-- postgres only
ALTER TABLE entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE entries FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON entries USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));
-- both
