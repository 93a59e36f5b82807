CREATE TABLE volume_migrations (
    customer_id     {uuid} NOT NULL,
    migration_id    {uuid} NOT NULL,
    subscription_id {uuid} NOT NULL,
    partner_id      {uuid} NOT NULL,
    test_clock_id   {uuid},
    title           {text} NOT NULL,
    created_at      {ts}   NOT NULL,
    PRIMARY KEY (customer_id, migration_id),
    FOREIGN KEY (customer_id, subscription_id) REFERENCES purchases (customer_id, subscription_id)
) {strict};
CREATE INDEX volume_migrations_by_time ON volume_migrations (customer_id, created_at, migration_id);

CREATE TABLE device_groups (
    customer_id      {uuid} NOT NULL,
    migration_id     {uuid} NOT NULL,
    group_name       {text} NOT NULL,
    test_clock_id    {uuid},
    device_count     {int}  NOT NULL,
    kms_activated_on {date} NOT NULL,
    deployed_count   {int}  NOT NULL,
    rung_until       {ts}   NOT NULL,
    alarm_at         {ts},
    PRIMARY KEY (customer_id, migration_id, group_name),
    FOREIGN KEY (customer_id, migration_id)
        REFERENCES volume_migrations (customer_id, migration_id),
    CHECK (deployed_count BETWEEN 0 AND device_count)
) {strict};
CREATE INDEX device_groups_due ON device_groups (alarm_at) WHERE alarm_at IS NOT NULL;

-- What happened, in the order in which it was committed: places are given under the lock of the head.
CREATE TABLE migration_changes (
    place          {int}  PRIMARY KEY,
    change_id      {uuid} NOT NULL UNIQUE,
    customer_id    {uuid} NOT NULL,
    partner_id     {uuid} NOT NULL,
    migration_id   {uuid} NOT NULL,
    group_name     {text} NOT NULL,
    kind           {text} NOT NULL,
    effective_at   {ts}   NOT NULL,
    days_left      {int}  NOT NULL,
    deployed_count {int}  NOT NULL
) {strict};
CREATE INDEX migration_changes_by_customer ON migration_changes (customer_id, place);
CREATE TABLE migration_feed (
    id       {int} PRIMARY KEY,
    head     {int} NOT NULL
) {strict};
INSERT INTO migration_feed (id, head) VALUES (1, 0);
