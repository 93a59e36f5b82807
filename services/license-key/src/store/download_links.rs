//! Download links. What opens one is stored as a hash alone.

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use rpc::Page;
use vocab::{CustomerId, DownloadLinkId, SubscriptionId};

use super::limit;
use crate::domain::{DownloadLink, DownloadOption};

/// All columns that [`read`] wants, in its order.
macro_rules! select {
    ($($rest:tt)+) => {
        sql!(
            "SELECT link_id, customer_id, subscription_id, version, language, file_type,
                    artifact_uri, policy_id, max_download_count, download_count, issued_at,
                    expires_at, revoked_at
               FROM download_links " $($rest)+
        )
    };
}

static LOAD: Stmt = select!("WHERE link_id = $1");

static LOCK: Stmt = select!("WHERE link_id = $1" for_update);

static OPENED_BY: Stmt = select!("WHERE token_hash = $1");

static PAGE: Stmt = select!(
    "WHERE customer_id = $1 AND subscription_id = $2 AND (issued_at, link_id) < ($3, $4)
     ORDER BY issued_at DESC, link_id DESC LIMIT $5"
);

static ADD: Stmt = sql!(
    "INSERT INTO download_links (link_id, token_hash, customer_id, subscription_id, version, language,
         file_type, artifact_uri, policy_id, max_download_count, download_count, issued_at,
         expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12) ON CONFLICT DO NOTHING"
);

/// The one place where a download is counted: the conditions hold at the instant of the write, so that
/// of many at once not one too many passes (TRP-48).
static COUNT: Stmt = sql!(
    "UPDATE download_links
        SET download_count = download_count + 1, expires_at = COALESCE(expires_at, $3)
      WHERE link_id = $1 AND revoked_at IS NULL AND download_count < max_download_count
        AND (expires_at IS NULL OR $2 <= expires_at)
    RETURNING download_count"
);

static REVOKE: Stmt =
    sql!("UPDATE download_links SET revoked_at = $2 WHERE link_id = $1 AND revoked_at IS NULL");

/// Writes a new link; returns whether it is new.
///
/// # Errors
///
/// Those of the database.
pub async fn add(tx: &mut Tx, link: &DownloadLink, token_hash: Vec<u8>) -> Result<bool, DbError> {
    let DownloadOption { version, language, file_type } = &link.option;
    let added = ADD
        .bind(link.id.0)
        .bind(token_hash)
        .bind(link.customer.0)
        .bind(link.purchase.0)
        .bind(version)
        .bind(language)
        .bind(file_type)
        .bind(&link.artifact_uri)
        .bind(&link.policy)
        .bind(link.max_download_count)
        .bind(link.issued_at)
        .bind(link.expires_at)
        .execute(tx)
        .await?;
    Ok(added == 1)
}

/// Returns a link.
///
/// # Errors
///
/// Those of the database.
pub async fn load(tx: &mut Tx, id: DownloadLinkId) -> Result<Option<DownloadLink>, DbError> {
    LOAD.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns a link that nobody else can change before `tx` ends.
///
/// # Errors
///
/// Those of the database.
pub async fn lock(tx: &mut Tx, id: DownloadLinkId) -> Result<Option<DownloadLink>, DbError> {
    LOCK.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns the link that a token opens, by the token's hash.
///
/// # Errors
///
/// Those of the database.
pub async fn opened_by(tx: &mut Tx, token_hash: Vec<u8>) -> Result<Option<DownloadLink>, DbError> {
    OPENED_BY.bind(token_hash).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Counts a download that begins now, unless the link does not open any more; returns whether it was
/// counted. `expires_at` is for links whose age counts from their first download.
///
/// # Errors
///
/// Those of the database.
///
/// Source: DWN-2, TRP-48.
pub async fn count(
    tx: &mut Tx,
    id: DownloadLinkId,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<bool, DbError> {
    let counted = COUNT.bind(id.0).bind(now).bind(expires_at).fetch_optional(tx).await?;
    Ok(counted.is_some())
}

/// Revokes a link, unless it was.
///
/// # Errors
///
/// Those of the database.
pub async fn revoke(tx: &mut Tx, id: DownloadLinkId, now: Timestamp) -> Result<(), DbError> {
    REVOKE.bind(id.0).bind(now).execute(tx).await.map(drop)
}

/// Revokes all links of purchases that are over (DWN-5); returns how many still opened.
///
/// # Errors
///
/// Those of the database.
pub async fn revoke_of(
    tx: &mut Tx,
    purchases: &[(CustomerId, SubscriptionId)],
    now: Timestamp,
) -> Result<u64, DbError> {
    let row = |(customer, id): &(CustomerId, SubscriptionId)| values![customer.0, id.0, now];
    write_many(
        tx,
        "UPDATE download_links SET revoked_at = v.column3 FROM (",
        purchases.iter().map(row).collect(),
        ") AS v WHERE customer_id = v.column1 AND subscription_id = v.column2 AND revoked_at IS NULL",
    )
    .await
}

/// Returns the links of a purchase: those of a page and one more, the newest first.
///
/// # Errors
///
/// Those of the database.
pub async fn page(
    tx: &mut Tx,
    (customer, purchase): (CustomerId, SubscriptionId),
    page: &Page,
) -> Result<Vec<DownloadLink>, DbError> {
    let (before, id) = super::newest_first("download_links", page)?;
    let query = PAGE.bind(customer.0).bind(purchase.0).bind(before).bind(id);
    let rows = query.bind(limit(page)).fetch_all(tx).await?;
    rows.iter().map(read).collect()
}

/// Returns the key of a link in the list of [`page`].
pub fn page_key(link: &DownloadLink) -> String {
    super::time_key(link.issued_at, link.id.0)
}

fn read(row: &Row) -> Result<DownloadLink, DbError> {
    Ok(DownloadLink {
        id: DownloadLinkId(row.get(0)?),
        customer: CustomerId(row.get(1)?),
        purchase: SubscriptionId(row.get(2)?),
        option: DownloadOption {
            version: row.get(3)?,
            language: row.get(4)?,
            file_type: row.get(5)?,
        },
        artifact_uri: row.get(6)?,
        policy: row.get(7)?,
        max_download_count: row.get(8)?,
        download_count: row.get(9)?,
        issued_at: row.get(10)?,
        expires_at: row.get(11)?,
        revoked_at: row.get(12)?,
    })
}
