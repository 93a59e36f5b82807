//! Callers read what happened, page by page. As it happens it is read in `feed`.

use std::collections::BTreeMap;

use access::{Caller, Reach};
use db::Tx;
use rpc::Page;
use uuid::Uuid;
use vocab::{ChangeId, CustomerId};

use super::act::within_reach;
use super::{App, Target};
use crate::domain::{ChangeQuery, Entry, Line, Position, Record, Told};
use crate::error::Error;
use crate::store;
use crate::store::feed::Of;

/// How many records one page of a list looks at.
const SCAN_MAX: usize = 2_000;

/// Entries with their lines of money.
type Entries = Vec<(Entry, Vec<Line>)>;

impl App {
    /// Returns a page of a subscription's history, oldest first, each entry with its money, and the
    /// key behind which it goes on.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for unknown and foreign ones alike (PAR-14).
    pub async fn list_changes(
        &self,
        caller: &Caller,
        target: Target,
        query: &ChangeQuery,
        page: &Page,
    ) -> Result<(Entries, Option<String>), Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let found = store::subscriptions::load(&mut tx, &[target.1]).await?;
        let sub = within_reach(found, caller, target)?;
        let after = page.after.as_deref().and_then(|key| Uuid::try_parse(key).ok());
        let mut scanned = store::changes::list(&mut tx, sub.id, after, SCAN_MAX).await?;
        let has_more = SCAN_MAX < scanned.len();
        scanned.truncate(SCAN_MAX);
        let last = scanned.last().map(|entry| entry.id.to_string()).filter(|_| has_more);
        let matching = scanned.into_iter().filter(|entry| query.admits_entry(entry));
        let (entries, next) = cut(matching.collect(), page.size, last, |it| it.id.to_string());
        let mut lines = lines_of(&mut tx, entries.iter().map(|entry| entry.id)).await?;
        let with_lines = entries.into_iter().map(|entry| {
            let of_entry = lines.remove(&entry.id).unwrap_or_default();
            (entry, of_entry)
        });
        Ok((with_lines.collect(), next))
    }

    /// Returns a page of what happened to all of the caller's subscriptions, or a customer's, in the
    /// order of the feed, and the key behind which it goes on.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn list_all_changes(
        &self,
        caller: &Caller,
        query: &ChangeQuery,
        page: &Page,
    ) -> Result<(Vec<Told>, Option<String>), Error> {
        let after = page.after.as_deref().and_then(|key| key.parse().ok());
        let span = (after.unwrap_or(Position::START), Position::END);
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let Some(of) = of(caller, query.customer) else { return Ok((vec![], None)) };
        let scanned = store::feed::after(&mut tx, of, span, SCAN_MAX).await?;
        let is_full = scanned.len() == SCAN_MAX;
        let last = scanned.last().map(|record| record.position.to_string()).filter(|_| is_full);
        let matching = scanned.into_iter().filter(|record| query.admits(record)).collect();
        let (records, next) = cut(matching, page.size, last, |it| it.position.to_string());
        Ok((told(&mut tx, records).await?, next))
    }
}

/// Returns whose changes a caller sees; `None` if there are none.
pub(super) fn of(caller: &Caller, customer: Option<CustomerId>) -> Option<Of> {
    match caller.reach {
        Reach::All => Some(Of { customer, partner: None }),
        Reach::Partner(own) => Some(Of { customer, partner: Some(own) }),
        Reach::Customer(own) if customer.is_none_or(|asked| asked == own) => {
            Some(Of { customer: Some(own), partner: None })
        }
        Reach::Customer(_) => None,
    }
}

/// Cuts rows to a page and returns the key behind which it goes on; `last` where more was not read.
fn cut<T>(
    mut rows: Vec<T>,
    size: usize,
    last: Option<String>,
    key: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    if rows.len() <= size {
        return (rows, last);
    }
    rows.truncate(size);
    let next = rows.last().map(key);
    (rows, next)
}

/// Returns records with their money.
pub(super) async fn told(tx: &mut Tx, records: Vec<Record>) -> Result<Vec<Told>, Error> {
    let mut lines = lines_of(tx, records.iter().map(|record| record.entry.id)).await?;
    let with_lines = records.into_iter().map(|record| {
        let of_record = lines.remove(&record.entry.id).unwrap_or_default();
        (record, of_record)
    });
    Ok(with_lines.collect())
}

async fn lines_of(
    tx: &mut Tx,
    changes: impl Iterator<Item = ChangeId>,
) -> Result<BTreeMap<ChangeId, Vec<Line>>, Error> {
    let ids: Vec<_> = changes.collect();
    let mut lines: BTreeMap<ChangeId, Vec<Line>> = BTreeMap::new();
    if !ids.is_empty() {
        for line in store::charges::of_changes(tx, &ids).await? {
            lines.entry(line.change).or_default().push(line);
        }
    }
    Ok(lines)
}
