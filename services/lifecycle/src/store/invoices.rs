//! Invoices: one per partner, currency, calendar month and clock. An open one grows, a closed one
//! never changes (BIL-6, BIL-10).

use std::collections::{BTreeMap, BTreeSet};

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use vocab::{ClockId, Currency, Money, PartnerId};

use super::{clock_column, clock_of};
use crate::domain::{Invoice, InvoiceId, InvoiceKey};

/// For each month that was asked for, the open invoice that takes its lines.
#[derive(Debug, Default)]
pub struct Open(BTreeMap<InvoiceKey, InvoiceId>);

const INSERT: &str = "INSERT INTO invoices (invoice_id, partner_id, currency, month, clock_id, \
     closes_at)";

/// Shared locks: lines may be added at the same time, and closing waits for all of them.
static LOCK: Stmt = sql!(
    "SELECT invoice_id, closes_at FROM invoices WHERE invoice_id" in_uuids "$1"
    " ORDER BY invoice_id" for_share
);

static LOCK_DUE: Stmt = sql!(
    "SELECT invoice_id FROM invoices WHERE clock_id = $1 AND closes_at <= $2
     ORDER BY closes_at, invoice_id LIMIT $3" skip_locked
);

static CLOSE: Stmt = sql!(
    "UPDATE invoices SET closed_at = closes_at, closes_at = NULL,
        subtotal_excluded_minor = (SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT) FROM charges
            WHERE charges.invoice_id = invoices.invoice_id AND NOT tax_included),
        subtotal_included_minor = (SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT) FROM charges
            WHERE charges.invoice_id = invoices.invoice_id AND tax_included),
        line_count = (SELECT count(*) FROM charges WHERE charges.invoice_id = invoices.invoice_id)
     WHERE invoice_id" in_uuids "$1"
    " RETURNING currency, subtotal_excluded_minor + subtotal_included_minor, invoice_id"
);

static NEXT_CLOSE: Stmt =
    sql!("SELECT min(closes_at) FROM invoices WHERE clock_id = $1 AND closes_at IS NOT NULL");

/// A closed invoice tells what was kept when it closed; an open one is summed up.
static GET: Stmt = sql!(
    "SELECT invoice_id, partner_id, currency, month, clock_id, closed_at,
        coalesce(subtotal_excluded_minor, (SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT)
            FROM charges WHERE charges.invoice_id = invoices.invoice_id AND NOT tax_included)),
        coalesce(subtotal_included_minor, (SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT)
            FROM charges WHERE charges.invoice_id = invoices.invoice_id AND tax_included)),
        coalesce(line_count, (SELECT count(*) FROM charges
            WHERE charges.invoice_id = invoices.invoice_id))
     FROM invoices WHERE invoice_id" in_uuids "$1"
);

static LIST: Stmt = sql!(
    "SELECT invoice_id FROM invoices
     WHERE partner_id = $1
       AND (month < $2 OR (month = $2 AND invoice_id < $3))
     ORDER BY month DESC, invoice_id DESC LIMIT $4"
);

impl Open {
    /// Returns the invoice that takes lines of a month.
    ///
    /// # Errors
    ///
    /// [`DbError::Corrupt`] for a month that was not asked for.
    pub fn of(&self, key: &InvoiceKey) -> Result<InvoiceId, DbError> {
        let missing = || DbError::corrupt("invoices", "invoice_id", key.id().0.to_string());
        self.0.get(key).copied().ok_or_else(missing)
    }
}

/// Opens the invoices of these months and keeps them open until the transaction ends. A line whose
/// month was closed a moment ago belongs to the next one, for what is closed never changes.
pub async fn open(tx: &mut Tx, months: BTreeSet<InvoiceKey>) -> Result<Open, DbError> {
    let mut open = Open::default();
    let mut wanted: BTreeMap<InvoiceKey, InvoiceKey> =
        months.into_iter().map(|key| (key.clone(), key)).collect();
    while !wanted.is_empty() {
        let ids: BTreeSet<Uuid> = wanted.values().map(|key| key.id().0).collect();
        let rows = wanted.values().map(row).collect::<BTreeMap<_, _>>().into_values().collect();
        write_many(tx, INSERT, rows, "ON CONFLICT DO NOTHING").await?;
        let mut is_open = BTreeMap::new();
        for row in LOCK.bind(ids.into_iter().collect::<Vec<_>>()).fetch_all(tx).await? {
            is_open.insert(row.get::<Uuid>(0)?, row.get::<Option<Timestamp>>(1)?.is_some());
        }
        let mut closed = BTreeMap::new();
        for (asked, key) in wanted {
            if is_open.get(&key.id().0) == Some(&true) {
                open.0.insert(asked, key.id());
            } else {
                closed.insert(asked, key.following());
            }
        }
        wanted = closed;
    }
    Ok(open)
}

/// Closes invoices of one clock whose month is over, and returns what each comes to.
pub async fn close_due(
    tx: &mut Tx,
    clock: Option<ClockId>,
    now: Timestamp,
    batch: i64,
) -> Result<Vec<Money>, DbError> {
    let rows = LOCK_DUE.bind(clock_column(clock)).bind(now).bind(batch).fetch_all(tx).await?;
    let ids = rows.iter().map(|row| row.get::<Uuid>(0)).collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let rows = CLOSE.bind(ids).fetch_all(tx).await?;
    rows.iter()
        .map(|row| Ok(Money::of_minor(row.get(1)?, currency(row, 0, row.get(2)?)?)))
        .collect()
}

/// Returns the earliest instant at which an invoice of a clock closes.
pub async fn next_close(tx: &mut Tx, clock: Option<ClockId>) -> Result<Option<Timestamp>, DbError> {
    NEXT_CLOSE.bind(clock_column(clock)).fetch_one(tx).await?.get(0)
}

/// Returns an invoice; `None` if there is no such.
pub async fn get(tx: &mut Tx, id: InvoiceId) -> Result<Option<Invoice>, DbError> {
    let row = GET.bind(vec![id.0]).fetch_optional(tx).await?;
    row.as_ref().map(read).transpose()
}

/// Returns a page of a partner's invoices, the newest month first, one more than `size`.
pub async fn list(
    tx: &mut Tx,
    partner: PartnerId,
    after: Option<(Date, Uuid)>,
    size: usize,
) -> Result<Vec<Invoice>, DbError> {
    let rows = LIST
        .bind(partner.0)
        .bind(after.map_or(Date::MAX, |(month, _)| month))
        .bind(after.map_or_else(Uuid::max, |(_, id)| id))
        .bind(i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_all(tx)
        .await?;
    let ids = rows.iter().map(|row| row.get::<Uuid>(0)).collect::<Result<Vec<_>, _>>()?;
    let rows = GET.bind(ids).fetch_all(tx).await?;
    let mut invoices = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    invoices.sort_by_key(|invoice| std::cmp::Reverse((invoice.key.month, invoice.id)));
    Ok(invoices)
}

fn row(key: &InvoiceKey) -> (InvoiceId, Vec<db::Value>) {
    let row = values![
        key.id().0,
        key.partner.0,
        key.currency.code(),
        key.month,
        clock_column(key.clock),
        key.closes_at(),
    ];
    (key.id(), row)
}

fn currency(row: &Row, column: usize, id: Uuid) -> Result<Currency, DbError> {
    let code: String = row.get(column)?;
    code.parse().map_err(|_| DbError::corrupt("invoices", "currency", id.to_string()))
}

fn read(row: &Row) -> Result<Invoice, DbError> {
    let id: Uuid = row.get(0)?;
    let currency = currency(row, 2, id)?;
    Ok(Invoice {
        id: InvoiceId(id),
        key: InvoiceKey {
            partner: PartnerId(row.get(1)?),
            currency,
            month: row.get(3)?,
            clock: clock_of(row.get(4)?),
        },
        closed_at: row.get(5)?,
        excluded: Money::of_minor(row.get(6)?, currency),
        included: Money::of_minor(row.get(7)?, currency),
        line_count: row.get(8)?,
    })
}
