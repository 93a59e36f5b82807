-- Orders that were placed elsewhere. Such an order has no attestation: its version is empty.
ALTER TABLE orders ADD COLUMN brought_in {json};

-- What was said of them, by their name in the partner's own books; world is as in customers.
CREATE TABLE past_orders (
    world {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    reference {text} NOT NULL,
    customer_id {uuid} NOT NULL,
    order_id {uuid} NOT NULL,
    past {json} NOT NULL,
    PRIMARY KEY (world, partner_id, reference)
) {strict};
