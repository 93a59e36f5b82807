-- Places in the feed come from PostgreSQL's transaction ids, which begin anew in another cluster: a database
-- that is restored there would have places that no transaction reaches for years. What is added to them is the
-- value of a sequence, for a default may ask that, and a dump holds it. NULL until a database has moved.
-- postgres only
CREATE SEQUENCE changes_feed_offset OWNED BY changes.feed_major;
ALTER TABLE changes ALTER COLUMN feed_major SET DEFAULT coalesce(
    pg_sequence_last_value('changes_feed_offset'), 0) + greatest(
        CAST(CAST(pg_current_xact_id() AS text) AS bigint),
        CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint) - 1);
