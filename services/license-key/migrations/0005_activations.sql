-- On how many devices a key can be activated; empty where the purchase's quantity says.
ALTER TABLE product_keys ADD COLUMN activation_limit {int};

-- A device is known by a keyed hash alone.
CREATE TABLE activations (
    activation_id   {uuid}  PRIMARY KEY,
    key_id          {uuid}  NOT NULL REFERENCES product_keys (key_id),
    customer_id     {uuid}  NOT NULL,
    subscription_id {uuid}  NOT NULL,
    device_hash     {bytes} NOT NULL,
    device_label    {text}  NOT NULL,
    activated_at    {ts}    NOT NULL,
    revoked_at      {ts}
) {strict};
CREATE UNIQUE INDEX activations_in_force ON activations (key_id, device_hash)
    WHERE revoked_at IS NULL;
CREATE INDEX activations_by_purchase
    ON activations (customer_id, subscription_id, activated_at, activation_id);

-- How far each import is, so that it goes on where it broke off.
CREATE TABLE key_imports (
    import_id        {uuid}  PRIMARY KEY,
    product_id       {text}  NOT NULL,
    sku_id           {text}  NOT NULL,
    activation_limit {int},
    line_count       {int}   NOT NULL,
    imported_count   {int}   NOT NULL,
    duplicate_count  {int}   NOT NULL,
    malformed_count  {int}   NOT NULL,
    malformed_lines  {text}  NOT NULL,
    digest           {bytes} NOT NULL,
    is_finished      {bool}  NOT NULL,
    updated_at       {ts}    NOT NULL
) {strict};
