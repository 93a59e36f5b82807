-- The second wall (PAR-14): below all checks of ours, a transaction on behalf of a partner or a customer
-- has no other rows than theirs, and can write no others. The settings are those of db::Sight. Where
-- neither is set, as for operators, peers, workers and the release before, nothing is behind a wall.
--
-- FORCE: the owner of the tables is bound as well; a superuser never is. The subqueries are run once a
-- statement, not once a row.
-- postgres only
ALTER TABLE subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscriptions FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON subscriptions USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

ALTER TABLE changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE changes FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON changes USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

ALTER TABLE charges ENABLE ROW LEVEL SECURITY;
ALTER TABLE charges FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON charges USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

-- Customers see no invoices, which are a partner's.
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON invoices USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') = '');

-- A transfer is its two partners'.
ALTER TABLE transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfers FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON transfers USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '')
        IN ('', CAST(source_partner_id AS text), CAST(target_partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') = '');
-- both
