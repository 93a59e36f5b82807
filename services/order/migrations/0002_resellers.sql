-- Resellers, relationships that were asked for, names to look for, and orders that a cancellation by
-- product has chosen.

ALTER TABLE partners ADD COLUMN agreement_signed {bool} NOT NULL DEFAULT FALSE;
ALTER TABLE partners ADD COLUMN version {int} NOT NULL DEFAULT 1;

-- The name in lower case, as this service folds it: the engines fold letters beyond ASCII differently.
ALTER TABLE customers ADD COLUMN name_key {text} NOT NULL DEFAULT '';
UPDATE customers SET name_key = lower(trim(display_name));
CREATE INDEX customers_by_name ON customers (name_key, customer_id);
-- Who looks for a tenant or a domain says no world.
CREATE INDEX customers_by_tenant ON customers (tenant_id, customer_id);
CREATE INDEX customers_by_domain ON customers (domain, customer_id);

ALTER TABLE carts ADD COLUMN resellers {json} NOT NULL DEFAULT '{}';
CREATE INDEX carts_by_age ON carts (created_at) WHERE order_id IS NULL;

ALTER TABLE orders ADD COLUMN resellers {json} NOT NULL DEFAULT '{}';

-- Empty in rows that were written when it was always the caller who named the order.
ALTER TABLE cancellations ADD COLUMN order_id {uuid};

-- Asked of whoever has the tenant or the domain in a world; customer_id is empty until it was
-- accepted. Of a customer that the partner registered itself, both are known.
CREATE TABLE relationship_requests (
    relationship_id {uuid} PRIMARY KEY,
    partner_id {uuid} NOT NULL,
    world {uuid} NOT NULL,
    tenant_id {uuid},
    domain {text},
    requested_at {ts} NOT NULL,
    customer_id {uuid},
    accepted_at {ts},
    UNIQUE (world, tenant_id, partner_id),
    UNIQUE (world, domain, partner_id)
) {strict};
-- So far a customer has one relationship: that with the partner that registered it.
INSERT INTO relationship_requests (relationship_id, partner_id, world, tenant_id, domain,
                                   requested_at, customer_id, accepted_at)
SELECT r.customer_id, r.partner_id, c.world, c.tenant_id, c.domain, r.since, r.customer_id, r.since
  FROM relationships AS r JOIN customers AS c ON c.customer_id = r.customer_id;
