-- The log: entries, the head of the tree over them, and the heads that were signed.

CREATE TABLE entries (
    entry_index   {int}   PRIMARY KEY CHECK (entry_index >= 0),
    entry_id      {uuid}  NOT NULL UNIQUE,
    appended_at   {ts}    NOT NULL,
    occurred_at   {ts}    NOT NULL,
    test_clock_at {ts},
    service       {text}  NOT NULL,
    -- Personal data, and the salt without which its hash says nothing: the two that may be erased.
    actor         {text},
    actor_salt    {bytes},
    actor_hash    {bytes} NOT NULL,
    partner_id    {uuid},
    customer_id   {uuid},
    action        {text}  NOT NULL,
    resource      {text}  NOT NULL,
    outcome       {text}  NOT NULL,
    reason        {text}  NOT NULL,
    details       {json}  NOT NULL,
    leaf_hash     {bytes} NOT NULL
){strict};
CREATE INDEX entries_by_partner ON entries (partner_id, occurred_at, entry_index);

-- One row, locked by whoever appends.
CREATE TABLE tree_head (
    slot     {int}   PRIMARY KEY CHECK (slot = 1),
    size     {int}   NOT NULL,
    frontier {bytes} NOT NULL
){strict};
INSERT INTO tree_head (slot, size, frontier) VALUES (1, 0, CAST('' AS {bytes}));

CREATE TABLE checkpoints (
    key_id    {text}  NOT NULL,
    size      {int}   NOT NULL,
    root_hash {bytes} NOT NULL,
    signed_at {ts}    NOT NULL,
    signature {bytes} NOT NULL,
    PRIMARY KEY (key_id, size)
){strict};

-- The key that was made at the first start, where none is configured.
CREATE TABLE signing_key (
    slot        {int}  PRIMARY KEY CHECK (slot = 1),
    private_pem {text} NOT NULL
){strict};

-- What is written stays as it was written. This guards against mistakes; against whoever owns the
-- database only the tree and the signatures help.

-- postgres only
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER entries_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- sqlite only
CREATE TRIGGER entries_keep_values BEFORE UPDATE ON entries
BEGIN
    SELECT RAISE(ABORT, 'entries is append-only');
END;
CREATE TRIGGER entries_keep_rows BEFORE DELETE ON entries
BEGIN
    SELECT RAISE(ABORT, 'entries is append-only');
END;
CREATE TRIGGER checkpoints_keep_values BEFORE UPDATE ON checkpoints
BEGIN
    SELECT RAISE(ABORT, 'checkpoints is append-only');
END;
CREATE TRIGGER checkpoints_keep_rows BEFORE DELETE ON checkpoints
BEGIN
    SELECT RAISE(ABORT, 'checkpoints is append-only');
END;
-- both
