-- The second wall (PAR-14), as lifecycle has it: below all checks of ours, a transaction on behalf of a
-- partner or a customer has no other rows than theirs, and can write no others. The settings are those of
-- db::Sight; without them nothing is behind a wall. The first subqueries are run once a statement.
-- postgres only
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
ALTER TABLE carts FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON carts USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON orders USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

ALTER TABLE past_orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE past_orders FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON past_orders USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

ALTER TABLE support_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE support_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON support_requests USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

ALTER TABLE relationships ENABLE ROW LEVEL SECURITY;
ALTER TABLE relationships FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON relationships USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') IN ('', CAST(customer_id AS text)));

-- Whom a request asks is known by tenant or domain until it was accepted: customers find it by these.
ALTER TABLE relationship_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE relationship_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON relationship_requests USING (
    coalesce((SELECT current_setting('tenure.partner', TRUE)), '') IN ('', CAST(partner_id AS text))
    AND (customer_id IS NULL OR coalesce((SELECT current_setting('tenure.customer', TRUE)), '')
        IN ('', CAST(customer_id AS text))));

-- What is part of something is where that is.
ALTER TABLE order_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON order_lines USING (
    (coalesce((SELECT current_setting('tenure.partner', TRUE)), '') = '' AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') = '')
    OR EXISTS (SELECT 1 FROM orders WHERE orders.customer_id = order_lines.customer_id AND orders.order_id = order_lines.order_id));

ALTER TABLE support_notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE support_notes FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON support_notes USING (
    (coalesce((SELECT current_setting('tenure.partner', TRUE)), '') = '' AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') = '')
    OR EXISTS (SELECT 1 FROM support_requests WHERE support_requests.customer_id = support_notes.customer_id AND support_requests.support_request_id = support_notes.support_request_id));

ALTER TABLE support_attachments ENABLE ROW LEVEL SECURITY;
ALTER TABLE support_attachments FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON support_attachments USING (
    (coalesce((SELECT current_setting('tenure.partner', TRUE)), '') = '' AND coalesce((SELECT current_setting('tenure.customer', TRUE)), '') = '')
    OR EXISTS (SELECT 1 FROM support_requests WHERE support_requests.customer_id = support_attachments.customer_id AND support_requests.support_request_id = support_attachments.support_request_id));
-- both
