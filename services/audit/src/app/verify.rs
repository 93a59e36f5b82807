//! `VerifyLog`: every stored entry, hashed again, a page at a time.

use rpc::{Fields, Violations};

use super::App;
use crate::{
    domain::{Check, Checkpoint, Finding, Found, Frontier, Report},
    error::Error,
    store,
};

/// Entries in memory at once. Each page is a transaction of its own: what was appended never changes,
/// so a check of hours holds up nobody.
const PAGE: i64 = 500;

impl App {
    /// Checks the log as it was at the beginning of the call against `given`, or against the newest
    /// checkpoint that was stored, and against all others below.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] if `given` is not signed by this log's key.
    ///
    /// Source: AUD-4.
    pub async fn verify(&self, given: Option<Checkpoint>) -> Result<Report, Error> {
        self.check_signature(given.as_ref())?;
        let mut tx = self.db.read().await?;
        let head = store::tree_head::read(&mut tx).await?;
        let last = store::entries::last(&mut tx).await?;
        let newest = store::checkpoints::newest(&mut tx).await?;
        tx.commit().await?;

        let Some(head) = head else { return Ok(no_head()) };
        let mut check = Check::of(head);
        if let Some(finding) = self.check_rows(&mut check, last, given.as_ref()).await? {
            return Ok(check.report(Some(finding)));
        }
        let newest = self.trusted(&mut check, newest.into_iter().collect(), None);
        let goal = given.into_iter().chain(newest).max_by_key(|signed| signed.size);
        Ok(check.finish(goal.as_ref()))
    }

    fn check_signature(&self, given: Option<&Checkpoint>) -> Result<(), Violations> {
        let mut fields = Fields::default();
        if given.is_some_and(|given| !self.keyring.has_signed(given)) {
            fields.wrong(
                "checkpoint.signature",
                "is not of this log's key; send a checkpoint as GetCheckpoint returned it, or none",
            );
        }
        fields.finish(Some(()))
    }

    async fn check_rows(
        &self,
        check: &mut Check,
        last: Option<i64>,
        given: Option<&Checkpoint>,
    ) -> Result<Option<Finding>, Error> {
        let Some(last) = last else { return Ok(None) };
        let mut after = i64::MIN;
        loop {
            let (rows, signed) = self.page(check.size(), after, last).await?;
            let Some(end) = rows.last().map(Found::index) else { return Ok(None) };
            let signed = self.trusted(check, signed, given);
            if let Err(finding) = check.take(&rows, &signed) {
                return Ok(Some(finding));
            }
            after = end;
        }
    }

    async fn page(
        &self,
        size: i64,
        after: i64,
        last: i64,
    ) -> Result<(Vec<Found>, Vec<Checkpoint>), Error> {
        let mut tx = self.db.read().await?;
        let rows = store::entries::page(&mut tx, after, last, PAGE).await?;
        let signed = store::checkpoints::between(&mut tx, size, size + PAGE).await?;
        tx.commit().await?;
        Ok((rows, signed))
    }

    /// Returns those that are really signed, `given` among them, by size.
    fn trusted(
        &self,
        check: &mut Check,
        stored: Vec<Checkpoint>,
        given: Option<&Checkpoint>,
    ) -> Vec<Checkpoint> {
        let page = check.size() + 1..=check.size() + PAGE;
        let (mut trusted, forged): (Vec<_>, Vec<_>) =
            stored.into_iter().partition(|signed| self.keyring.has_signed(signed));
        if let Some(first) = forged.first() {
            check.note_forged(first.size);
        }
        trusted.extend(given.filter(|given| page.contains(&given.size)).cloned());
        trusted.sort_by_key(|signed| signed.size);
        trusted
    }
}

fn no_head() -> Report {
    let text = "the stored head is missing or is no head of a tree, so nothing can be appended; \
                restore it from a backup";
    let finding = Finding { first_bad: None, text: text.to_owned() };
    Check::of(Frontier::default()).report(Some(finding))
}
