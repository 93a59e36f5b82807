-- The prices of a file while it is imported; empty between imports. A list counts from 0, the earliest
-- first. `becomes` is the SKU that a trial becomes; `body` is NULL where the offer ends.
CREATE TABLE staged_offers (
    offer_id {text} NOT NULL,
    list {int} NOT NULL,
    line {int} NOT NULL,
    place {int} NOT NULL,
    becomes {text},
    body {json},
    PRIMARY KEY (offer_id, list)
) {strict};
CREATE INDEX staged_trials ON staged_offers (offer_id, list) WHERE becomes IS NOT NULL;
