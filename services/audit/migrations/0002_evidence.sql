-- What proofs are made of, and the one change that an entry may see: its actor's name is erased.

-- Roots of the subtrees of 256, 65536, … entries.
CREATE TABLE tree_nodes (
    level    {int}   NOT NULL,
    position {int}   NOT NULL,
    hash     {bytes} NOT NULL,
    PRIMARY KEY (level, position)
){strict};

-- postgres only
DROP TRIGGER entries_are_append_only ON entries;
CREATE TRIGGER entries_keep_rows
    BEFORE DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept entries;
BEGIN
    kept := NEW;
    kept.actor := OLD.actor;
    kept.actor_salt := OLD.actor_salt;
    IF NEW.actor IS NOT NULL OR NEW.actor_salt IS NOT NULL OR OLD.actor IS NULL OR kept *<> OLD THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER entries_keep_values
    BEFORE UPDATE ON entries
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();
CREATE TRIGGER tree_nodes_are_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON tree_nodes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- sqlite only
DROP TRIGGER entries_keep_values;
CREATE TRIGGER entries_keep_values BEFORE UPDATE ON entries
WHEN NOT (
    new.actor IS NULL AND new.actor_salt IS NULL AND old.actor IS NOT NULL
    AND new.entry_index IS old.entry_index
    AND new.entry_id IS old.entry_id
    AND new.appended_at IS old.appended_at
    AND new.occurred_at IS old.occurred_at
    AND new.test_clock_at IS old.test_clock_at
    AND new.service IS old.service
    AND new.actor_hash IS old.actor_hash
    AND new.partner_id IS old.partner_id
    AND new.customer_id IS old.customer_id
    AND new.action IS old.action
    AND new.resource IS old.resource
    AND new.outcome IS old.outcome
    AND new.reason IS old.reason
    AND new.details IS old.details
    AND new.leaf_hash IS old.leaf_hash
)
BEGIN
    SELECT RAISE(ABORT, 'entries is append-only');
END;
-- INSERT OR REPLACE deletes without calling the trigger that refuses to delete.
CREATE TRIGGER entries_are_not_replaced BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE entry_index = new.entry_index OR entry_id = new.entry_id)
BEGIN
    SELECT RAISE(ABORT, 'entries is append-only');
END;
CREATE TRIGGER checkpoints_are_not_replaced BEFORE INSERT ON checkpoints
WHEN EXISTS (SELECT 1 FROM checkpoints WHERE key_id = new.key_id AND size = new.size)
BEGIN
    SELECT RAISE(ABORT, 'checkpoints is append-only');
END;
CREATE TRIGGER tree_nodes_keep_values BEFORE UPDATE ON tree_nodes
BEGIN
    SELECT RAISE(ABORT, 'tree_nodes is append-only');
END;
CREATE TRIGGER tree_nodes_keep_rows BEFORE DELETE ON tree_nodes
BEGIN
    SELECT RAISE(ABORT, 'tree_nodes is append-only');
END;
-- both
