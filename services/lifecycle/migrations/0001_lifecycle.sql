-- One row for each subscription and each perpetual purchase (TRP-65). `body` is the whole state; the
-- other columns are derived from it whenever the row is saved, for keys, lists and alarms.
CREATE TABLE subscriptions (
    subscription_id {uuid} PRIMARY KEY,
    customer_id     {uuid} NOT NULL,
    partner_id      {uuid} NOT NULL,
    -- The nil UUID is real time.
    clock_id        {uuid} NOT NULL,
    order_id        {uuid} NOT NULL,
    product_id      {text} NOT NULL,
    kind            {text} NOT NULL,
    status          {text} NOT NULL,
    -- Whether get-subscriptions shows it (TRM-7).
    is_listed       {bool} NOT NULL,
    -- The earliest instant at which time alone does something; NULL: never.
    alarm_at        {ts},
    version         {int}  NOT NULL,
    body            {json} NOT NULL,
    -- How often the alarm could not be answered in a row, why, and since when nobody tries.
    attempts        {int}  NOT NULL,
    last_error      {text},
    parked_at       {ts}
){strict};
CREATE INDEX subscriptions_of_customer ON subscriptions (customer_id, subscription_id);
CREATE INDEX subscriptions_of_partner ON subscriptions (partner_id, subscription_id);
CREATE INDEX subscriptions_of_order ON subscriptions (order_id);
CREATE INDEX subscriptions_due ON subscriptions (clock_id, alarm_at, subscription_id)
    WHERE alarm_at IS NOT NULL;

-- What happened, appended and never changed.
CREATE TABLE changes (
    change_id       {uuid} PRIMARY KEY,
    subscription_id {uuid} NOT NULL,
    kind            {text} NOT NULL,
    effective_at    {ts}   NOT NULL,
    committed_at    {ts}   NOT NULL,
    quantity_before {int}  NOT NULL,
    quantity_after  {int}  NOT NULL,
    status_after    {text} NOT NULL,
    reason          {text} NOT NULL,
    warnings        {json} NOT NULL
){strict};
CREATE INDEX changes_of_subscription ON changes (subscription_id, change_id);

-- A partner's month in one currency (BIL-6). Closed, it never changes (BIL-10).
CREATE TABLE invoices (
    invoice_id              {uuid} PRIMARY KEY,
    partner_id              {uuid} NOT NULL,
    currency                {text} NOT NULL,
    month                   {date} NOT NULL,
    clock_id                {uuid} NOT NULL,
    -- 00:00Z on the first of the next month; NULL once it was closed.
    closes_at               {ts},
    closed_at               {ts},
    subtotal_excluded_minor {int},
    subtotal_included_minor {int},
    line_count              {int}
){strict};
CREATE INDEX invoices_of_partner ON invoices (partner_id, month, invoice_id);
CREATE INDEX invoices_due ON invoices (clock_id, closes_at) WHERE closes_at IS NOT NULL;

-- Lines of money, appended and never changed (BIL-1).
CREATE TABLE charges (
    charge_id       {uuid} PRIMARY KEY,
    change_id       {uuid} NOT NULL,
    subscription_id {uuid} NOT NULL,
    customer_id     {uuid} NOT NULL,
    partner_id      {uuid} NOT NULL,
    invoice_id      {uuid} NOT NULL REFERENCES invoices (invoice_id),
    title           {text} NOT NULL,
    currency        {text} NOT NULL,
    amount_minor    {int}  NOT NULL,
    tax_included    {bool} NOT NULL,
    body            {json} NOT NULL
){strict};
CREATE INDEX charges_of_change ON charges (change_id);
CREATE INDEX charges_of_subscription ON charges (subscription_id, charge_id);
CREATE INDEX charges_of_customer ON charges (customer_id, charge_id);
CREATE INDEX charges_of_invoice ON charges (invoice_id, charge_id);

-- Locked while limits of a customer are judged.
CREATE TABLE customers (
    customer_id {uuid} PRIMARY KEY
){strict};
