//! Requests for support, their notes, and the files that came with them.

use std::collections::BTreeMap;

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use uuid::Uuid;
use vocab::{CustomerId, PartnerId, SubscriptionId, SupportRequestId};

use super::text::{decoded, decoded_if_any, encoded};
use crate::domain::{Attachment, LineState, Note, SupportListing, SupportRequest};

static INSERT: Stmt = sql!(
    "INSERT INTO support_requests (customer_id, support_request_id, partner_id, author, issue_type,
                                   state, facts, created_at, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
);

const INSERT_ATTACHMENTS: &str = "INSERT INTO support_attachments (customer_id, support_request_id,
    place, file_name, content_type, size_bytes, content)";

const INSERT_NOTES: &str =
    "INSERT INTO support_notes (customer_id, support_request_id, place, author, noted_at, note)";

static LOAD: Stmt = sql!(
    "SELECT customer_id, support_request_id, partner_id, author, facts, created_at, pending, closing,
            version
       FROM support_requests WHERE customer_id = $1 AND support_request_id = $2"
);

static LOCK: Stmt = sql!(
    "SELECT customer_id, support_request_id, partner_id, author, facts, created_at, pending, closing,
            version
       FROM support_requests WHERE customer_id = $1 AND support_request_id = $2" for_update
);

static OF_CUSTOMER: Stmt = sql!(
    "SELECT customer_id, support_request_id, partner_id, author, facts, created_at, pending, closing,
            version
       FROM support_requests
      WHERE support_request_id < $1 AND ($2 IS NULL OR state = $2)
        AND ($3 IS NULL OR issue_type = $3) AND ($4 IS NULL OR partner_id = $4) AND customer_id = $6
      ORDER BY support_request_id DESC LIMIT $5"
);

static OF_PARTNER: Stmt = sql!(
    "SELECT customer_id, support_request_id, partner_id, author, facts, created_at, pending, closing,
            version
       FROM support_requests
      WHERE support_request_id < $1 AND ($2 IS NULL OR state = $2)
        AND ($3 IS NULL OR issue_type = $3) AND partner_id = $4
      ORDER BY support_request_id DESC LIMIT $5"
);

static OF_ALL: Stmt = sql!(
    "SELECT customer_id, support_request_id, partner_id, author, facts, created_at, pending, closing,
            version
       FROM support_requests
      WHERE support_request_id < $1 AND ($2 IS NULL OR state = $2)
        AND ($3 IS NULL OR issue_type = $3) AND ($4 IS NULL OR partner_id = $4)
      ORDER BY support_request_id DESC LIMIT $5"
);

static SAVE: Stmt = sql!(
    "UPDATE support_requests SET state = $3, pending = $4, closing = $5, version = $6
      WHERE customer_id = $1 AND support_request_id = $2"
);

static NOTES: Stmt = sql!(
    "SELECT author, noted_at, note FROM support_notes
      WHERE customer_id = $1 AND support_request_id = $2 ORDER BY place"
);

static HEADS: Stmt = sql!(
    "SELECT support_request_id, file_name, content_type, size_bytes FROM support_attachments
      WHERE customer_id" in_uuids "$1" "AND support_request_id" in_uuids "$2"
    "ORDER BY support_request_id, place"
);

static CONTENTS: Stmt = sql!(
    "SELECT content FROM support_attachments
      WHERE customer_id = $1 AND support_request_id = $2 ORDER BY place"
);

static IS_RUNNING: Stmt = sql!(
    "SELECT 1 FROM order_lines AS l
       JOIN orders AS o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
      WHERE l.customer_id = $1 AND l.subscription_id = $2 AND o.partner_id = $3
        AND l.state" in_texts "$4"
);

/// Writes a new request with its files.
pub async fn insert(tx: &mut Tx, request: &SupportRequest) -> Result<(), DbError> {
    let SupportRequest { id, customer, partner, author, facts, .. } = request;
    INSERT
        .bind(customer.0)
        .bind(id.0)
        .bind(partner.0)
        .bind(author)
        .bind(facts.issue_type.as_str())
        .bind(request.state().as_str())
        .bind(encoded(facts))
        .bind(request.created_at)
        .bind(request.version)
        .execute(tx)
        .await?;
    let rows = (0_i64..).zip(&request.attachments).map(|(place, file)| {
        values![
            customer.0,
            id.0,
            place,
            &file.file_name,
            &file.content_type,
            file.size_bytes,
            file.content.as_slice(),
        ]
    });
    write_many(tx, INSERT_ATTACHMENTS, rows.collect(), "").await.map(drop)
}

/// Returns a request with its notes and with what its files are called, if there is such.
pub async fn load(
    tx: &mut Tx,
    customer: CustomerId,
    id: SupportRequestId,
) -> Result<Option<SupportRequest>, DbError> {
    let row = LOAD.bind(customer.0).bind(id.0).fetch_optional(tx).await?;
    whole(tx, row).await
}

/// As [`load`], and keeps others from changing it until the transaction ends.
pub async fn lock(
    tx: &mut Tx,
    customer: CustomerId,
    id: SupportRequestId,
) -> Result<Option<SupportRequest>, DbError> {
    let row = LOCK.bind(customer.0).bind(id.0).fetch_optional(tx).await?;
    whole(tx, row).await
}

/// Reads what is in the files of a request.
pub async fn read_contents(tx: &mut Tx, request: &mut SupportRequest) -> Result<(), DbError> {
    let rows = CONTENTS.bind(request.customer.0).bind(request.id.0).fetch_all(tx).await?;
    for (file, row) in request.attachments.iter_mut().zip(&rows) {
        file.content = row.get(0)?;
    }
    Ok(())
}

/// Returns up to `limit` requests before `before`, newest first, without notes; only those of
/// `partner` when there is one.
pub async fn list(
    tx: &mut Tx,
    listing: SupportListing,
    partner: Option<PartnerId>,
    before: Option<SupportRequestId>,
    limit: i64,
) -> Result<Vec<SupportRequest>, DbError> {
    let SupportListing { customer, state, issue_type } = listing;
    let statement = match (customer, partner) {
        (Some(_), _) => OF_CUSTOMER,
        (None, Some(_)) => OF_PARTNER,
        (None, None) => OF_ALL,
    };
    let query = statement
        .bind(before.map_or(Uuid::max(), |id| id.0))
        .bind(state.map(|state| state.as_str().to_owned()))
        .bind(issue_type.map(|issue| issue.as_str().to_owned()))
        .bind(partner.map(|partner| partner.0))
        .bind(limit);
    let query = match customer {
        Some(customer) => query.bind(customer.0),
        None => query,
    };
    let rows = query.fetch_all(tx).await?;
    read(tx, &rows).await
}

/// Writes how a locked request has changed, with its notes from place `first_new` on.
pub async fn save(tx: &mut Tx, request: &SupportRequest, first_new: usize) -> Result<(), DbError> {
    let SupportRequest { id, customer, .. } = request;
    SAVE.bind(customer.0)
        .bind(id.0)
        .bind(request.state().as_str())
        .bind(request.pending.as_ref().map(encoded))
        .bind(request.closing.as_ref().map(encoded))
        .bind(request.version)
        .execute(tx)
        .await?;
    let new = (0_i64..).zip(&request.notes).skip(first_new);
    let rows = new.map(|(place, note)| {
        values![customer.0, id.0, place, &note.author, note.noted_at, &note.text]
    });
    write_many(tx, INSERT_NOTES, rows.collect(), "").await.map(drop)
}

/// Whether this service knows that a partner's order started a subscription.
pub async fn is_known(
    tx: &mut Tx,
    customer: CustomerId,
    id: SubscriptionId,
    partner: PartnerId,
) -> Result<bool, DbError> {
    let started =
        [LineState::Fulfilled, LineState::Cancelled].map(|state| state.as_str().to_owned());
    let found = IS_RUNNING.bind(customer.0).bind(id.0).bind(partner.0).bind(started.to_vec());
    Ok(found.fetch_optional(tx).await?.is_some())
}

async fn whole(tx: &mut Tx, row: Option<Row>) -> Result<Option<SupportRequest>, DbError> {
    let Some(mut request) = read(tx, row.as_slice()).await?.pop() else { return Ok(None) };
    let notes = NOTES.bind(request.customer.0).bind(request.id.0).fetch_all(tx).await?;
    request.notes = notes.iter().map(read_note).collect::<Result<_, _>>()?;
    Ok(Some(request))
}

/// Reads requests with what their files are called, in the order of `rows`.
async fn read(tx: &mut Tx, rows: &[Row]) -> Result<Vec<SupportRequest>, DbError> {
    let mut requests = rows.iter().map(read_head).collect::<Result<Vec<_>, _>>()?;
    if requests.is_empty() {
        return Ok(requests);
    }
    let customers: Vec<Uuid> = requests.iter().map(|request| request.customer.0).collect();
    let ids: Vec<Uuid> = requests.iter().map(|request| request.id.0).collect();
    let mut files: BTreeMap<Uuid, Vec<Attachment>> = BTreeMap::new();
    for row in HEADS.bind(customers).bind(ids).fetch_all(tx).await? {
        files.entry(row.get(0)?).or_default().push(read_file(&row)?);
    }
    for request in &mut requests {
        request.attachments = files.remove(&request.id.0).unwrap_or_default();
    }
    Ok(requests)
}

fn read_head(row: &Row) -> Result<SupportRequest, DbError> {
    Ok(SupportRequest {
        customer: CustomerId(row.get(0)?),
        id: SupportRequestId(row.get(1)?),
        partner: PartnerId(row.get(2)?),
        author: row.get(3)?,
        facts: decoded(row, 4, "facts")?,
        attachments: Vec::new(),
        notes: Vec::new(),
        created_at: row.get(5)?,
        pending: decoded_if_any(row, 6, "pending")?,
        closing: decoded_if_any(row, 7, "closing")?,
        version: row.get(8)?,
    })
}

fn read_file(row: &Row) -> Result<Attachment, DbError> {
    Ok(Attachment {
        file_name: row.get(1)?,
        content_type: row.get(2)?,
        size_bytes: row.get(3)?,
        content: Vec::new(),
    })
}

fn read_note(row: &Row) -> Result<Note, DbError> {
    Ok(Note { author: row.get(0)?, noted_at: row.get(1)?, text: row.get(2)? })
}
