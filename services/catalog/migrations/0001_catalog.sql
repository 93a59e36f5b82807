-- One row, locked by each import: imports are committed in the order of their numbers and positions.
CREATE TABLE catalog_head (
    id {int} PRIMARY KEY,
    revision {int} NOT NULL,
    position {int} NOT NULL
) {strict};
INSERT INTO catalog_head (id, revision, position) VALUES (1, 0, 0);

CREATE TABLE catalog_revisions (
    revision {int} PRIMARY KEY,
    effective_at {ts} NOT NULL,
    imported_at {ts} NOT NULL,
    added_count {int} NOT NULL,
    changed_count {int} NOT NULL,
    withdrawn_count {int} NOT NULL,
    description {text} NOT NULL
) {strict};

-- What a revision says of a product from an instant on, where that differs from what held before.
CREATE TABLE product_versions (
    product_id {text} NOT NULL,
    effective_at {ts} NOT NULL,
    revision {int} NOT NULL,
    is_withdrawn {bool} NOT NULL,
    kind {text} NOT NULL,
    publisher_type {text} NOT NULL,
    billing_type {text} NOT NULL,
    category {text} NOT NULL,
    body {json} NOT NULL,
    PRIMARY KEY (product_id, effective_at, revision)
) {strict};

-- The same for offers. Position is the place in the feed; segments reads |COMMERCIAL|EDUCATION|.
CREATE TABLE offer_versions (
    offer_id {text} NOT NULL,
    effective_at {ts} NOT NULL,
    revision {int} NOT NULL,
    position {int} NOT NULL UNIQUE,
    is_withdrawn {bool} NOT NULL,
    product_id {text} NOT NULL,
    sku_id {text} NOT NULL,
    kind {text} NOT NULL,
    market {text} NOT NULL,
    currency {text} NOT NULL,
    segments {text} NOT NULL,
    publisher_type {text} NOT NULL,
    billing_type {text} NOT NULL,
    category {text} NOT NULL,
    body {json} NOT NULL,
    PRIMARY KEY (offer_id, effective_at, revision)
) {strict};
CREATE INDEX offer_versions_by_sku ON offer_versions (sku_id, market, offer_id);
CREATE INDEX offer_versions_by_market ON offer_versions (market, offer_id);

CREATE TABLE blocked_markets (
    kind {text} NOT NULL,
    version {text} NOT NULL,
    effective_at {ts} NOT NULL,
    position {int} NOT NULL UNIQUE,
    body {json} NOT NULL,
    PRIMARY KEY (kind, version)
) {strict};
