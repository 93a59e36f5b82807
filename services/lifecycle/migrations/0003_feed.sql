-- What the feed, the lists and the operators ask for.

-- Whose a change is, and when it was recorded by the real clock: its own time is the customer's.
ALTER TABLE changes ADD COLUMN customer_id {uuid};
ALTER TABLE changes ADD COLUMN partner_id {uuid};
ALTER TABLE changes ADD COLUMN recorded_at {ts};
UPDATE changes SET
    recorded_at = committed_at,
    customer_id = (SELECT customer_id FROM subscriptions
        WHERE subscriptions.subscription_id = changes.subscription_id),
    partner_id = (SELECT partner_id FROM subscriptions
        WHERE subscriptions.subscription_id = changes.subscription_id);

-- The place in the feed: given by the database, so that no writer waits for another.
ALTER TABLE changes ADD COLUMN feed_major {int} NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN feed_minor {int} NOT NULL DEFAULT 0;
-- postgres only
-- Major: the writing transaction, or the latest that had ended before it wrote. While a transaction
-- runs, its rows' major is not below its own id, so that below the oldest running one nothing can
-- come any more. What was written after another had committed has no smaller major than the other,
-- even where the transaction began earlier; so a subscription's changes keep their order.
-- Minor: the order of writing among equal majors.
CREATE SEQUENCE changes_feed_minor OWNED BY changes.feed_minor;
UPDATE changes SET feed_minor = old.place
    FROM (SELECT change_id, row_number() OVER (ORDER BY change_id) AS place FROM changes) AS old
    WHERE changes.change_id = old.change_id;
SELECT setval('changes_feed_minor', (SELECT count(*) + 1 FROM changes));
ALTER TABLE changes
    ALTER COLUMN feed_minor SET DEFAULT nextval('changes_feed_minor'),
    ALTER COLUMN feed_major SET DEFAULT greatest(
        CAST(CAST(pg_current_xact_id() AS text) AS bigint),
        CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint) - 1);
-- both
CREATE INDEX changes_in_feed ON changes (feed_major, feed_minor);
CREATE INDEX changes_of_partner ON changes (partner_id, feed_major, feed_minor);
CREATE INDEX changes_of_customer ON changes (customer_id, feed_major, feed_minor);
-- sqlite only
-- There is one writer at a time: the order of writing is that of commits.
UPDATE changes SET feed_major = rowid;
CREATE TRIGGER changes_enter_feed AFTER INSERT ON changes
BEGIN
    UPDATE changes SET feed_major = (SELECT max(feed_major) + 1 FROM changes)
        WHERE change_id = NEW.change_id;
END;
-- both

-- More to filter subscriptions by; derived, as the other columns.
ALTER TABLE subscriptions ADD COLUMN sku_id {text};
ALTER TABLE subscriptions ADD COLUMN auto_renew {bool};
-- When the renewal is due; NULL: it does not renew.
ALTER TABLE subscriptions ADD COLUMN renews_at {ts};
-- postgres only
UPDATE subscriptions SET
    sku_id = body -> 'product' ->> 'sku',
    auto_renew = CAST(body ->> 'auto_renew' AS boolean),
    renews_at = CASE WHEN status = 'ACTIVE' AND CAST(body ->> 'auto_renew' AS boolean) THEN
        (CAST(body -> 'term' ->> 'end' AS date) + 1 + interval '1 minute') AT TIME ZONE 'UTC' END;
-- sqlite only
UPDATE subscriptions SET
    sku_id = body ->> '$.product.sku',
    auto_renew = body ->> '$.auto_renew',
    renews_at = CASE WHEN status = 'ACTIVE' AND body ->> '$.auto_renew' THEN
        (unixepoch(body ->> '$.term.end') + 86460) * 1000000 END;
-- both
CREATE INDEX subscriptions_renewing ON subscriptions (partner_id, renews_at, subscription_id)
    WHERE renews_at IS NOT NULL;

-- Alarms that failed: few, and the first that an operator looks at.
CREATE INDEX subscriptions_set_aside ON subscriptions (subscription_id) WHERE attempts > 0;
