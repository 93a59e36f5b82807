//! `ErasePersonalData`: a name goes, the proofs stay.

use replay::{Answer, Once};
use vocab::MessageId;

use super::{App, append::salts};
use crate::{
    domain::{self, Erased, Submitted, erasure},
    error::Error,
    store,
};

impl App {
    /// Erases the name `actor` from all entries, and appends what tells of it, by `operator`: one
    /// transaction, so that no name goes in secret.
    ///
    /// # Errors
    ///
    /// Those of the database.
    ///
    /// Source: AUD-4, D-28.
    pub async fn erase(
        &self,
        once: &Once<Erased>,
        actor: &str,
        operator: &str,
    ) -> Result<Answer<Erased>, Error> {
        let now = self.clock.now();
        let salts = salts()?;
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }

        let (tree, last_at) = store::tree_head::lock(&mut tx).await?;
        let places = store::entries::of_actor(&mut tx, actor).await?;
        let record = Some(tree.size()).filter(|_| !places.is_empty());
        let count = i64::try_from(places.len()).unwrap_or(i64::MAX);
        store::entries::erase(&mut tx, actor).await?;
        let record_of = |erased: &[i64]| {
            Submitted::from(erasure::record(MessageId(self.ids.uuid()), operator, erased, now))
        };
        let records: Vec<_> = places.chunks(erasure::RECORDED_MAX).map(record_of).collect();
        let appended = domain::append((tree, last_at), [].into(), records, salts, now);
        let (size, erased) = (appended.tree.size(), Erased { count, record });
        store::write(&mut tx, appended).await?;
        once.keep(&mut tx, &erased).await?;

        if !once.validate_only {
            tx.commit().await?;
            self.appended.send_replace(size);
        }
        Ok(Answer::Fresh(erased))
    }
}
