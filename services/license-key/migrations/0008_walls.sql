-- The second wall (PAR-14), as lifecycle has it: below all checks of ours, a transaction on behalf of a
-- partner or a customer has no other rows than theirs, and can write no others. The settings are those of
-- db::Sight; without them nothing is behind a wall. The first subqueries are run once a statement.
-- postgres only
ALTER TABLE purchases ENABLE ROW LEVEL SECURITY;
ALTER TABLE purchases FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON purchases USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

ALTER TABLE volume_migrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE volume_migrations FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON volume_migrations USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

ALTER TABLE migration_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE migration_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON migration_changes USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

-- What came of a purchase is where that is. Product keys are not behind the wall: most are nobody's yet,
-- and each is looked for by what somebody typed.
ALTER TABLE download_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE download_links FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON download_links USING (
    (coalesce((SELECT current_setting('tenure.partner', TRUE)), '') = '' AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') = '')
    OR EXISTS (SELECT 1 FROM purchases WHERE purchases.customer_id = download_links.customer_id AND purchases.subscription_id = download_links.subscription_id));

ALTER TABLE activations ENABLE ROW LEVEL SECURITY;
ALTER TABLE activations FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON activations USING (
    (coalesce((SELECT current_setting('tenure.partner', TRUE)), '') = '' AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') = '')
    OR EXISTS (SELECT 1 FROM purchases WHERE purchases.customer_id = activations.customer_id AND purchases.subscription_id = activations.subscription_id));

ALTER TABLE device_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_groups FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON device_groups USING (
    (coalesce((SELECT current_setting('tenure.partner', TRUE)), '') = '' AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') = '')
    OR EXISTS (SELECT 1 FROM volume_migrations WHERE volume_migrations.customer_id = device_groups.customer_id AND volume_migrations.migration_id = device_groups.migration_id));
-- both
