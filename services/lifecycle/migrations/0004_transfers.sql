-- Moves of subscriptions between partners. `body` is the whole state; the other columns are derived from
-- it whenever the row is saved.
CREATE TABLE transfers (
    transfer_id       {uuid} PRIMARY KEY,
    source_partner_id {uuid} NOT NULL,
    target_partner_id {uuid} NOT NULL,
    state             {text} NOT NULL,
    version           {int}  NOT NULL,
    body              {json} NOT NULL,
    -- When to complete it, by the real clock; NULL: never, or not any more.
    due_at            {ts},
    -- How often that failed in a row, and why.
    attempts          {int}  NOT NULL,
    last_error        {text}
){strict};
CREATE INDEX transfers_of_source ON transfers (source_partner_id, transfer_id);
CREATE INDEX transfers_of_target ON transfers (target_partner_id, transfer_id);
CREATE INDEX transfers_due ON transfers (due_at) WHERE due_at IS NOT NULL;
