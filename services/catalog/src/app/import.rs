//! Imports a catalog file: all of it or nothing, as one revision.

use std::collections::BTreeMap;

use db::Tx;
use jiff::Timestamp;
use journal::{Entry, Outcome};
use replay::{Answer, Once};
use vocab::{BlockedMarkets, MessageId, OfferId};

use super::App;
use crate::domain::compare::{self, Counts, Difference};
use crate::domain::file::{self, File, PriceList};
use crate::domain::finding::{Finding, Findings, Place};
use crate::domain::revision::{Format, Imported, Revision};
use crate::error::Error;
use crate::store::{self, head::Head};

/// How many differences an answer names.
const DIFFERENCES_MAX: usize = 100;

/// A file that shall be imported.
#[derive(Debug)]
pub struct Import {
    /// Its bytes.
    pub file: Vec<u8>,
    /// Their SHA-256 in hex, for the log.
    pub sha256: String,
    /// How it is written.
    pub format: Format,
}

/// Who imports, as the log shall name it.
#[derive(Debug)]
pub struct Importer(pub String);

/// What an import has brought so far.
struct Effect {
    head: Head,
    counts: Counts,
    differences: Vec<String>,
}

impl App {
    /// Imports a file, or shows what that would change.
    ///
    /// A file says what is for sale from its first date on, and what changes on each later one. It
    /// is compared with what is in force on those dates, and only what differs is written. What
    /// earlier imports say of other dates stays.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] with every finding; nothing is imported then.
    pub async fn import(
        &self,
        once: &Once<Imported>,
        Importer(actor): Importer,
        import: Import,
    ) -> Result<Answer<Imported>, Error> {
        let now = self.clock.now();
        let Import { file, sha256, format } = import;
        let (file, read_at) = self.read(file, format).await?;

        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        let before = store::head::lock(&mut tx, read_at).await?;
        let mut effect = Effect::after(before);
        for list in &file.lists {
            effect.take(&mut tx, &file, list).await?;
        }
        if let Some((place, statement)) = &file.statement {
            effect.take_statement(&mut tx, *place, statement).await?;
        }
        let imported = effect.finish(&mut tx, &file, now).await?;
        if once.validate_only {
            return Ok(Answer::Fresh(imported));
        }
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

    /// Reads a file; what is a table together with the revision of the catalog that it was read by.
    async fn read(&self, file: Vec<u8>, format: Format) -> Result<(File, Option<i64>), Error> {
        // A large file takes seconds to read, in which this thread would answer nobody else.
        let (reading, read_at) = match format {
            Format::Document { effective_at } => {
                (tokio::task::spawn_blocking(move || file::read(&file, effective_at)), None)
            }
            Format::Table { effective_at } => {
                let mut tx = self.db.read().await?;
                let revision = store::head::revision(&mut tx).await?;
                let known = store::products::in_force(&mut tx, effective_at).await?;
                let read = move || file::read_table(&file, effective_at, known);
                (tokio::task::spawn_blocking(read), Some(revision))
            }
        };
        Ok((reading.await??, read_at))
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

impl Effect {
    fn after(before: Head) -> Self {
        let head = Head { revision: before.revision + 1, position: before.position };
        Self { head, counts: Counts::default(), differences: vec![] }
    }

    /// Compares a list with what is in force on its date, and writes what differs.
    async fn take(&mut self, tx: &mut Tx, file: &File, list: &PriceList) -> Result<(), Error> {
        let at = list.effective_at;
        let products = store::products::in_force(tx, at).await?;
        let mut products = compare::compare(&products, &file.products);
        products.retain(|one| file.is_whole || !matches!(one, Difference::Withdrawn(_)));
        store::products::write(tx, &products, at, self.head.revision).await?;

        let offers: BTreeMap<OfferId, _> = store::offers::in_force(tx, at).await?;
        let offers = compare::compare(&offers, &list.offers);
        self.head.position = store::offers::write(tx, &offers, at, self.head).await?;

        let promotions = store::promotions::in_force(tx, at).await?;
        let mut promotions = compare::compare(&promotions, &file.promotions);
        promotions.retain(|_| file.is_whole);
        self.head.position = store::promotions::write(tx, &promotions, at, self.head).await?;

        self.counts = self.counts.plus(Counts::of(&offers));
        let products = products.iter().map(|one| compare::describe_product(one, at));
        self.differences.extend(products);
        self.differences.extend(offers.iter().map(|one| compare::describe_offer(one, at)));
        let promotions = promotions.iter().map(|one| compare::describe_promotion(one, at));
        self.differences.extend(promotions);
        Ok(())
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
        self.differences.push(format!("statement {version} blocks {count} markets, from {at}"));
        Ok(())
    }

    /// Writes the revision, if there is anything to it.
    async fn finish(
        &mut self,
        tx: &mut Tx,
        file: &File,
        now: Timestamp,
    ) -> Result<Imported, Error> {
        let mut differences = std::mem::take(&mut self.differences);
        if differences.is_empty() {
            return Ok(Imported { revision: None, differences });
        }
        differences.truncate(DIFFERENCES_MAX);
        let first = file.lists.first().map_or(now, |list| list.effective_at);
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
