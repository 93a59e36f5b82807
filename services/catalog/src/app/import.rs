//! Imports a catalog file: all of it or nothing, as one revision.

use std::collections::BTreeMap;
use std::fs::File as Spool;

use db::Tx;
use jiff::Timestamp;
use journal::{Entry, Outcome};
use replay::{Answer, Once};
use tokio::sync::watch;
use vocab::{BlockedMarkets, MessageId, Offer, OfferId};

use super::{App, read};
use crate::domain::compare::{self, Counts, Difference};
use crate::domain::file::File;
use crate::domain::finding::{Finding, Findings, Place};
use crate::domain::revision::{Format, Imported, Phase, Progress, Revision};
use crate::error::Error;
use crate::store::staging::{self, List};
use crate::store::{self, head::Head};

/// How many differences an answer names.
const DIFFERENCES_MAX: usize = 100;

/// A file that shall be imported.
#[derive(Debug)]
pub struct Import {
    /// Its bytes.
    pub file: Spool,
    /// Their SHA-256 in hex, for the log.
    pub sha256: String,
    /// How it is written.
    pub format: Format,
}

/// Who imports, as the log shall name it.
#[derive(Debug)]
pub struct Importer(pub String);

/// What an import has brought so far.
struct Effect<'a> {
    head: Head,
    counts: Counts,
    /// The first differences.
    differences: Vec<String>,
    progress: &'a watch::Sender<Progress>,
}

/// What differs, told by id.
type Told = BTreeMap<OfferId, String>;

impl App {
    /// Imports a file, or shows what that would change; `progress` hears how far it is.
    ///
    /// A file says what is for sale from its first date on, and what changes on each later one. It
    /// is compared with what is in force on those dates, and only what differs is written. What
    /// earlier imports say of other dates stays. Other imports wait until this one is over.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] with every finding; nothing is imported then.
    pub async fn import(
        &self,
        once: &Once<Imported>,
        Importer(actor): Importer,
        import: Import,
        progress: &watch::Sender<Progress>,
    ) -> Result<Answer<Imported>, Error> {
        let now = self.clock.now();
        let Import { file, sha256, format } = import;
        progress.send_modify(|progress| progress.phase = Phase::Reading);
        let opened = read::open(file, format).await?;

        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        let before = store::head::lock(&mut tx).await?;
        let known = match format {
            Format::Table { effective_at } => {
                store::products::in_force(&mut tx, effective_at).await?
            }
            Format::Document { .. } => BTreeMap::new(),
        };
        let file = read::stage(&mut tx, opened, known, progress).await?;
        let mut effect = Effect::after(before, progress);
        for (number, effective_at) in (0..).zip(&file.dates) {
            effect.take(&mut tx, &file, List { number, effective_at: *effective_at }).await?;
        }
        if let Some((place, statement)) = &file.statement {
            effect.take_statement(&mut tx, *place, statement).await?;
        }
        let imported = effect.finish(&mut tx, &file, now).await?;
        if once.validate_only {
            return Ok(Answer::Fresh(imported));
        }
        staging::clear(&mut tx).await?;
        if let Some(revision) = &imported.revision {
            let entry = self.entry(actor, revision, sha256);
            mailbox::send(&mut tx, &[entry.letter()], now).await?;
        }
        once.keep(&mut tx, &imported).await?;
        tx.commit().await?;
        self.nudge.notify();
        self.written.send_replace(effect.head.position);
        Ok(Answer::Fresh(imported))
    }

    fn entry(&self, actor: String, revision: &Revision, sha256: String) -> Entry {
        let Counts { added, changed, withdrawn } = revision.counts;
        let details = [
            ("effective_time", revision.effective_at.to_string()),
            ("added_count", added.to_string()),
            ("changed_count", changed.to_string()),
            ("withdrawn_count", withdrawn.to_string()),
            ("file_sha256", sha256),
        ];
        Entry {
            id: MessageId(self.ids.uuid()),
            occurred_at: revision.imported_at,
            test_clock_at: None,
            service: "catalog".to_owned(),
            actor,
            partner: None,
            customer: None,
            action: "ImportCatalog".to_owned(),
            resource: format!("catalogRevisions/{}", revision.number),
            outcome: Outcome::Done,
            reason: String::new(),
            details: details.map(|(name, value)| (name.to_owned(), value)).into(),
        }
    }
}

impl<'a> Effect<'a> {
    fn after(before: Head, progress: &'a watch::Sender<Progress>) -> Self {
        let head = Head { revision: before.revision + 1, position: before.position };
        Self { head, counts: Counts::default(), differences: vec![], progress }
    }

    /// Compares a list with what is in force on its date, and writes what differs.
    async fn take(&mut self, tx: &mut Tx, file: &File, list: List) -> Result<(), Error> {
        let at = list.effective_at;
        let products = store::products::in_force(tx, at).await?;
        let mut products = compare::compare(&products, &file.products);
        products.retain(|one| file.is_whole || !matches!(one, Difference::Withdrawn(_)));
        store::products::write(tx, &products, at, self.head.revision).await?;
        self.tell(products.iter().map(|one| compare::describe_product(one, at)));

        let mut told = BTreeMap::new();
        self.take_arriving(tx, list, &mut told).await?;
        self.take_leaving(tx, list, &mut told).await?;
        self.tell(told.into_values());

        let promotions = store::promotions::in_force(tx, at).await?;
        let mut promotions = compare::compare(&promotions, &file.promotions);
        promotions.retain(|_| file.is_whole);
        self.head.position = store::promotions::write(tx, &promotions, at, self.head).await?;
        self.tell(promotions.iter().map(|one| compare::describe_promotion(one, at)));
        Ok(())
    }

    async fn take_arriving(
        &mut self,
        tx: &mut Tx,
        list: List,
        told: &mut Told,
    ) -> Result<(), Error> {
        let mut after = String::new();
        while let Some(span) = staging::next(tx, &after).await? {
            let page = staging::arriving(tx, &span, list).await?;
            let page = page.into_iter();
            let page = page.filter_map(|(wanted, present)| compare::arrive(wanted, present));
            self.write(tx, page.collect(), list, told).await?;
            span.end().clone_into(&mut after);
            self.progress.send_modify(|progress| {
                progress.phase = Phase::Comparing;
                progress.compared_count = progress.compared_count.saturating_add(span.count());
            });
        }
        Ok(())
    }

    async fn take_leaving(
        &mut self,
        tx: &mut Tx,
        list: List,
        told: &mut Told,
    ) -> Result<(), Error> {
        let mut after = String::new();
        while let Some(span) = staging::next_in_force(tx, &after).await? {
            let page = staging::leaving(tx, &span, list).await?;
            let page = page.into_iter().map(Difference::Withdrawn).collect();
            self.write(tx, page, list, told).await?;
            span.end().clone_into(&mut after);
        }
        Ok(())
    }

    async fn write(
        &mut self,
        tx: &mut Tx,
        page: Vec<Difference<Offer>>,
        list: List,
        told: &mut Told,
    ) -> Result<(), Error> {
        let at = list.effective_at;
        self.head.position = store::offers::write(tx, &page, at, self.head).await?;
        self.counts = self.counts.plus(Counts::of(&page));
        for difference in page.iter().take(DIFFERENCES_MAX) {
            let id = difference.outcome().0.id.clone();
            told.insert(id, compare::describe_offer(difference, at));
        }
        while DIFFERENCES_MAX < told.len() {
            told.pop_last();
        }
        Ok(())
    }

    fn tell(&mut self, differences: impl Iterator<Item = String>) {
        let free = DIFFERENCES_MAX.saturating_sub(self.differences.len());
        self.differences.extend(differences.take(free));
    }

    /// Writes a statement that is new. One that is known cannot say something else.
    async fn take_statement(
        &mut self,
        tx: &mut Tx,
        place: Place,
        statement: &BlockedMarkets,
    ) -> Result<(), Error> {
        let version = &statement.version;
        let known = store::blocked::by_version(tx, statement.kind, version).await?;
        if known.as_ref() == Some(statement) {
            return Ok(());
        }
        if known.is_some() {
            let why =
                format!("statement {version} says something else already: name a new version");
            return Err(Findings::from(Finding::new(place, why)).into());
        }
        self.head.position += 1;
        store::blocked::insert(tx, statement, self.head.position).await?;
        let (count, at) = (statement.markets.len(), statement.effective_at);
        let told = format!("statement {version} blocks {count} markets, from {at}");
        self.tell(std::iter::once(told));
        Ok(())
    }

    /// Writes the revision, if there is anything to it.
    async fn finish(
        &mut self,
        tx: &mut Tx,
        file: &File,
        now: Timestamp,
    ) -> Result<Imported, Error> {
        let differences = std::mem::take(&mut self.differences);
        if differences.is_empty() {
            return Ok(Imported { revision: None, differences });
        }
        let first = file.dates.first().copied().unwrap_or(now);
        let revision = Revision {
            number: self.head.revision,
            effective_at: first,
            imported_at: now,
            counts: self.counts,
            description: file.description.clone(),
        };
        store::revisions::insert(tx, &revision).await?;
        store::head::save(tx, self.head).await?;
        Ok(Imported { revision: Some(revision), differences })
    }
}
