//! `ListActivity`: who did what, in a range of days.

use access::Reach;
use jiff::civil::Date;
use rpc::{Page, PageError};

use super::App;
use crate::{
    domain::{Activity, Cursor, DateRange, Logged},
    error::Error,
    store,
};

/// What a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The first day, in UTC.
    pub from: Date,
    /// The last day, in UTC.
    pub to: Date,
    /// The conditions.
    pub asked: Activity,
}

impl App {
    /// Returns the entries of a page, and one more if there are more.
    ///
    /// # Errors
    ///
    /// [`Rejection::RangeReversed`](crate::domain::Rejection::RangeReversed),
    /// [`Rejection::RangeTooLong`](crate::domain::Rejection::RangeTooLong) (AUD-4).
    ///
    /// Source: AUD-1, AUD-4.
    pub async fn list_activity(
        &self,
        reach: Reach,
        query: &Query,
        page: &Page,
    ) -> Result<Vec<Logged>, Error> {
        let range = DateRange::new(query.from, query.to)?;
        let after = match &page.after {
            None => Cursor::before(range),
            Some(key) => key.parse().map_err(|_| PageError)?,
        };
        let limit = i64::try_from(page.size).unwrap_or(i64::MAX).saturating_add(1);
        let mut tx = self.db.read_as(reach.sight()).await?;
        let entries =
            store::activity::list(&mut tx, reach, range, &query.asked, after, limit).await?;
        tx.commit().await?;
        Ok(entries)
    }

    /// Returns the key with which the page after this entry begins.
    pub fn cursor(last: &Logged) -> String {
        Cursor::of(last).to_string()
    }
}
