//! Lines of money: appended with the change that caused them, never changed (BIL-1).

use db::{DbError, Json, Row, Stmt, Tx, sql, values, write_many};
use uuid::Uuid;
use vocab::{ChangeId, CustomerId, PartnerId, SubscriptionId};

use super::{invoices, json, parse};
use crate::domain::{Change, Charge, InvoiceId, InvoiceKey, Line};

const BODY: (&str, &str) = ("charges", "body");

const APPEND: &str = "INSERT INTO charges (charge_id, change_id, subscription_id, customer_id, \
     partner_id, invoice_id, title, currency, amount_minor, tax_included, body)";

static OF_CHANGES: Stmt = sql!(
    "SELECT charge_id, change_id, subscription_id, customer_id, invoice_id, title, body FROM charges
     WHERE change_id" in_uuids "$1" " ORDER BY charge_id"
);

static OF_SUBSCRIPTION: Stmt = sql!(
    "SELECT charge_id, change_id, subscription_id, customer_id, invoice_id, title, body FROM charges
     WHERE subscription_id = $1
       AND ($2 IS NULL OR partner_id = $2) AND charge_id > $3
     ORDER BY charge_id LIMIT $4"
);

static OF_CUSTOMER: Stmt = sql!(
    "SELECT charge_id, change_id, subscription_id, customer_id, invoice_id, title, body FROM charges
     WHERE customer_id = $1
       AND ($2 IS NULL OR partner_id = $2) AND charge_id > $3
     ORDER BY charge_id LIMIT $4"
);

static OF_INVOICE: Stmt = sql!(
    "SELECT charge_id, change_id, subscription_id, customer_id, invoice_id, title, body FROM charges
     WHERE invoice_id = $1
       AND ($2 IS NULL OR partner_id = $2) AND charge_id > $3
     ORDER BY charge_id LIMIT $4"
);

static NET: Stmt = sql!(
    "SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT) FROM charges
     WHERE subscription_id = $1 AND body->>'kind' <> 'USAGE'"
);

/// Whose lines a list shows.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// A subscription's.
    Subscription(SubscriptionId),
    /// A customer's.
    Customer(CustomerId),
    /// An invoice's.
    Invoice(InvoiceId),
}

/// Appends the lines of `changes`, each on the invoice of the month in which it is committed
/// (BIL-10); what was billed elsewhere is on none.
pub async fn append(tx: &mut Tx, changes: &[Change]) -> Result<(), DbError> {
    let lines =
        || changes.iter().flat_map(|change| change.charges.iter().map(move |c| (change, c)));
    let key = |(change, charge): (&Change, &Charge)| InvoiceKey::of(&change.next, charge);
    let months = lines().filter_map(key).collect();
    let open = invoices::open(tx, months).await?;
    let mut rows = vec![];
    for (change, charge) in lines() {
        let invoice = key((change, charge)).map(|key| open.of(&key)).transpose()?;
        rows.push(values![
            charge.id.0,
            change.id.0,
            change.next.id.0,
            change.next.customer.0,
            change.next.partner.0,
            invoice.map(|id| id.0),
            change.next.product.title.as_str(),
            charge.amount.currency.code(),
            charge.amount.minor,
            charge.tax_included,
            json(charge, BODY)?,
        ]);
    }
    write_many(tx, APPEND, rows, "").await?;
    Ok(())
}

/// Returns the lines of changes, in the order in which they were made.
pub async fn of_changes(tx: &mut Tx, changes: &[ChangeId]) -> Result<Vec<Line>, DbError> {
    let ids: Vec<Uuid> = changes.iter().map(|id| id.0).collect();
    OF_CHANGES.bind(ids).fetch_all(tx).await?.iter().map(read).collect()
}

/// Returns a page of lines, oldest first, one more than `size`; those of `partner` if one is named.
pub async fn list(
    tx: &mut Tx,
    of: Of,
    partner: Option<PartnerId>,
    after: Option<Uuid>,
    size: usize,
) -> Result<Vec<Line>, DbError> {
    let (statement, id) = match of {
        Of::Subscription(id) => (OF_SUBSCRIPTION, id.0),
        Of::Customer(id) => (OF_CUSTOMER, id.0),
        Of::Invoice(id) => (OF_INVOICE, id.0),
    };
    let rows = statement
        .bind(id)
        .bind(partner.map(|id| id.0))
        .bind(after.unwrap_or_else(Uuid::nil))
        .bind(i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_all(tx)
        .await?;
    rows.iter().map(read).collect()
}

/// Returns what was charged for a subscription less what was credited, in minor units, metered usage
/// left out: it is never refunded (BIL-12).
pub async fn net(tx: &mut Tx, id: SubscriptionId) -> Result<i64, DbError> {
    NET.bind(id.0).fetch_one(tx).await?.get(0)
}

fn read(row: &Row) -> Result<Line, DbError> {
    let id: Uuid = row.get(0)?;
    Ok(Line {
        charge: parse(&row.get::<Json>(6)?.0, BODY, id)?,
        change: ChangeId(row.get(1)?),
        subscription: SubscriptionId(row.get(2)?),
        customer: CustomerId(row.get(3)?),
        invoice: row.get::<Option<Uuid>>(4)?.map(InvoiceId),
        title: row.get(5)?,
    })
}
