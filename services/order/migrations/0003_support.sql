-- Requests for support. pending is a decision that lifecycle is being asked to carry out: written
-- before it is asked, so that a repetition asks the same. Ids are in the order in which they were made.
CREATE TABLE support_requests (
    customer_id {uuid} NOT NULL,
    support_request_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    author {text} NOT NULL,
    issue_type {text} NOT NULL,
    state {text} NOT NULL,
    facts {json} NOT NULL,
    created_at {ts} NOT NULL,
    pending {json},
    closing {json},
    version {int} NOT NULL,
    PRIMARY KEY (customer_id, support_request_id)
) {strict};
CREATE INDEX support_requests_of_partner ON support_requests (partner_id, support_request_id);
CREATE INDEX support_requests_by_age ON support_requests (support_request_id);

CREATE TABLE support_notes (
    customer_id {uuid} NOT NULL,
    support_request_id {uuid} NOT NULL,
    place {int} NOT NULL,
    author {text} NOT NULL,
    noted_at {ts} NOT NULL,
    note {text} NOT NULL,
    PRIMARY KEY (customer_id, support_request_id, place)
) {strict};

CREATE TABLE support_attachments (
    customer_id {uuid} NOT NULL,
    support_request_id {uuid} NOT NULL,
    place {int} NOT NULL,
    file_name {text} NOT NULL,
    content_type {text} NOT NULL,
    size_bytes {int} NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (customer_id, support_request_id, place)
) {strict};
