-- What a revision says of a promotion from an instant on, where that differs from what held before.
-- Position is the place in the feed; lists read |DE|AT|, and || where they name all.
CREATE TABLE promotion_versions (
    promotion_id {text} NOT NULL,
    effective_at {ts} NOT NULL,
    revision {int} NOT NULL,
    position {int} NOT NULL UNIQUE,
    is_withdrawn {bool} NOT NULL,
    skus {text} NOT NULL,
    markets {text} NOT NULL,
    segments {text} NOT NULL,
    terms {text} NOT NULL,
    body {json} NOT NULL,
    PRIMARY KEY (promotion_id, effective_at, revision)
) {strict};
