-- What was billed before a purchase was brought in is on no invoice of ours.

-- postgres only
ALTER TABLE charges ALTER COLUMN invoice_id DROP NOT NULL;
-- sqlite only
CREATE TABLE charges_with_others (
    charge_id       {uuid} PRIMARY KEY,
    change_id       {uuid} NOT NULL,
    subscription_id {uuid} NOT NULL,
    customer_id     {uuid} NOT NULL,
    partner_id      {uuid} NOT NULL,
    invoice_id      {uuid} REFERENCES invoices (invoice_id),
    title           {text} NOT NULL,
    currency        {text} NOT NULL,
    amount_minor    {int}  NOT NULL,
    tax_included    {bool} NOT NULL,
    body            {json} NOT NULL
){strict};
INSERT INTO charges_with_others SELECT * FROM charges;
DROP TABLE charges;
ALTER TABLE charges_with_others RENAME TO charges;
CREATE INDEX charges_of_change ON charges (change_id);
CREATE INDEX charges_of_subscription ON charges (subscription_id, charge_id);
CREATE INDEX charges_of_customer ON charges (customer_id, charge_id);
CREATE INDEX charges_of_invoice ON charges (invoice_id, charge_id);
-- both
