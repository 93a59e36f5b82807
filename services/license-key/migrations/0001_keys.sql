-- A copy of what lifecycle knows; the highest version wins.
CREATE TABLE purchases (
    customer_id      {uuid} NOT NULL,
    subscription_id  {uuid} NOT NULL,
    partner_id       {uuid} NOT NULL,
    order_id         {uuid} NOT NULL,
    test_clock_id    {uuid},
    product_id       {text} NOT NULL,
    sku_id           {text} NOT NULL,
    title            {text} NOT NULL,
    product_kind     {text} NOT NULL,
    quantity         {int}  NOT NULL,
    state            {text} NOT NULL,
    has_key          {bool} NOT NULL,
    has_download     {bool} NOT NULL,
    instructions_uri {text},
    is_software      {bool} NOT NULL,
    purchased_at     {ts}   NOT NULL,
    version          {int}  NOT NULL,
    PRIMARY KEY (customer_id, subscription_id)
) {strict};
CREATE INDEX purchases_by_time ON purchases (customer_id, purchased_at, subscription_id);

-- Secrets that encrypt and index product keys, themselves encrypted by the master key.
CREATE TABLE data_keys (
    data_key_id   {uuid} PRIMARY KEY,
    purpose       {text} NOT NULL,
    generation    {int}  NOT NULL,
    master_key_id {text} NOT NULL,
    wrapped       {bytes} NOT NULL,
    made_at       {ts}   NOT NULL,
    UNIQUE (purpose, generation)
) {strict};

CREATE TABLE key_pools (
    product_id {text} NOT NULL,
    sku_id     {text} NOT NULL,
    made_at    {ts}   NOT NULL,
    PRIMARY KEY (product_id, sku_id)
) {strict};

-- No row is ever deleted, and none that has a purchase gets another: a key belongs to one for ever.
CREATE TABLE product_keys (
    key_id          {uuid}  PRIMARY KEY,
    product_id      {text}  NOT NULL,
    sku_id          {text}  NOT NULL,
    state           {text}  NOT NULL CHECK (state IN ('AVAILABLE', 'ASSIGNED', 'REVOKED')),
    data_key_id     {uuid}  NOT NULL REFERENCES data_keys (data_key_id),
    ciphertext      {bytes} NOT NULL,
    fingerprint     {bytes} NOT NULL UNIQUE,
    imported_at     {ts}    NOT NULL,
    customer_id     {uuid},
    subscription_id {uuid},
    assigned_at     {ts},
    revoked_at      {ts},
    FOREIGN KEY (product_id, sku_id) REFERENCES key_pools (product_id, sku_id),
    FOREIGN KEY (customer_id, subscription_id) REFERENCES purchases (customer_id, subscription_id),
    CHECK ((state = 'AVAILABLE') = (subscription_id IS NULL))
) {strict};
CREATE UNIQUE INDEX product_keys_by_purchase ON product_keys (customer_id, subscription_id);
CREATE INDEX product_keys_by_pool ON product_keys (product_id, sku_id, state, key_id);
