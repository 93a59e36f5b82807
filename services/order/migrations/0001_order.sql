CREATE TABLE partners (
    partner_id {uuid} PRIMARY KEY,
    display_name {text} NOT NULL,
    kind {text} NOT NULL,
    market {text} NOT NULL,
    cloud {text} NOT NULL,
    provider_id {uuid},
    created_at {ts} NOT NULL
) {strict};

-- world is the test clock on which the customer lives, or zero for real time: clocks are isolated
-- from each other, so a tenant is unique within its world.
CREATE TABLE customers (
    customer_id {uuid} PRIMARY KEY,
    world {uuid} NOT NULL,
    tenant_id {uuid} NOT NULL,
    domain {text} NOT NULL,
    display_name {text} NOT NULL,
    market {text} NOT NULL,
    segment {text} NOT NULL,
    cloud {text} NOT NULL,
    created_at {ts} NOT NULL,
    UNIQUE (world, tenant_id),
    UNIQUE (world, domain)
) {strict};

CREATE TABLE relationships (
    partner_id {uuid} NOT NULL,
    customer_id {uuid} NOT NULL,
    since {ts} NOT NULL,
    PRIMARY KEY (partner_id, customer_id)
) {strict};

CREATE TABLE carts (
    customer_id {uuid} NOT NULL,
    cart_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    lines {json} NOT NULL,
    created_at {ts} NOT NULL,
    order_id {uuid},
    version {int} NOT NULL,
    PRIMARY KEY (customer_id, cart_id)
) {strict};

CREATE TABLE orders (
    customer_id {uuid} NOT NULL,
    order_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    cart_id {uuid},
    created_at {ts} NOT NULL,
    attestation_version {text} NOT NULL,
    attestation_actor {text} NOT NULL,
    attestation_at {ts} NOT NULL,
    version {int} NOT NULL,
    PRIMARY KEY (customer_id, order_id)
) {strict};
CREATE INDEX orders_by_age ON orders (customer_id, created_at, order_id);

CREATE TABLE order_lines (
    customer_id {uuid} NOT NULL,
    order_id {uuid} NOT NULL,
    place {int} NOT NULL,
    line_id {uuid} NOT NULL,
    subscription_id {uuid} NOT NULL,
    offer {json} NOT NULL,
    quantity {int} NOT NULL,
    friendly_name {text} NOT NULL,
    state {text} NOT NULL,
    failure {json},
    first_charge {int} NOT NULL,
    PRIMARY KEY (customer_id, order_id, place)
) {strict};

-- What lifecycle is being asked to cancel, under the id of the request: written before it is asked, so
-- that a repetition asks the same, whatever has become of the order by then.
CREATE TABLE cancellations (
    request_id {uuid} PRIMARY KEY,
    lines {json} NOT NULL,
    asked_at {ts} NOT NULL
) {strict};
CREATE INDEX cancellations_by_age ON cancellations (asked_at);
