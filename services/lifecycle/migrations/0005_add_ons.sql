-- Of which subscription one is a legacy add-on; NULL for all others.
ALTER TABLE subscriptions ADD COLUMN base_id {uuid};

CREATE INDEX subscriptions_of_base ON subscriptions (base_id) WHERE base_id IS NOT NULL;

-- What operators look for.
CREATE INDEX transfers_failed ON transfers (transfer_id) WHERE attempts > 0;
