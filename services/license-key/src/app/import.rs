//! Imports keys of one SKU, piece by piece. Memory is one batch, however long the file.

use access::Caller;
use vocab::KeyId;

use super::App;
use super::entry::Deed;
use crate::cipher::NewKey;
use crate::domain::{self, KeyFile, KeyKind, Line, Pool, ProductKey, SkuName};
use crate::error::Error;
use crate::store;

/// Keys of one transaction: beyond this neither engine gets faster, and a broken import loses no more.
const BATCH_KEYS: usize = 512;

/// Malformed lines that are named; the others are counted.
const NAMED_LINES_MAX: usize = 100;

/// An import that goes on.
#[derive(Debug)]
pub struct Import<'a> {
    app: &'a App,
    actor: String,
    sku: SkuName,
    file: KeyFile,
    batch: Vec<ProductKey>,
    is_begun: bool,
    imported_count: i64,
    duplicate_count: i64,
    malformed_lines: Vec<i64>,
    malformed_count: i64,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOutcome {
    /// New keys.
    pub imported_count: i64,
    /// Keys that were known, in whatever pool, or stood twice in the file.
    pub duplicate_count: i64,
    /// The numbers of the first 100 lines that are no keys, from 1.
    pub malformed_lines: Vec<i64>,
    /// How many lines are no keys.
    pub malformed_count: i64,
    /// The pool as it now is.
    pub pool: Pool,
}

impl App {
    /// Begins an import.
    ///
    /// # Errors
    ///
    /// [`domain::Rejection::KmsNotOffered`] (KEY-1).
    pub fn import(
        &self,
        caller: &Caller,
        sku: SkuName,
        kind: KeyKind,
    ) -> Result<Import<'_>, Error> {
        domain::may_import(kind)?;
        Ok(Import {
            app: self,
            actor: caller.subject.clone(),
            sku,
            file: KeyFile::new(self.format.clone()),
            batch: Vec::with_capacity(BATCH_KEYS),
            is_begun: false,
            imported_count: 0,
            duplicate_count: 0,
            malformed_lines: vec![],
            malformed_count: 0,
        })
    }
}

impl Import<'_> {
    /// Takes the next piece of the file, which may end within a line.
    ///
    /// What was saved before a failure stays; the whole file may be imported again, and what is known
    /// is then counted as duplicate.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn push(&mut self, mut piece: &[u8]) -> Result<(), Error> {
        while let Some(line) = self.file.next_line(&mut piece) {
            self.take(line).await?;
        }
        Ok(())
    }

    /// Ends the import, and puts it on record.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn finish(mut self) -> Result<ImportOutcome, Error> {
        if let Some(line) = self.file.finish() {
            self.take(line).await?;
        }
        self.save().await?;
        let mut tx = self.app.db.begin().await?;
        self.app.write(&mut tx, &self.app.entry(self.deed("finished"), None)).await?;
        let pool = store::pools::load(&mut tx, &self.sku).await?;
        tx.commit().await?;
        self.app.nudge.notify();
        Ok(ImportOutcome {
            imported_count: self.imported_count,
            duplicate_count: self.duplicate_count,
            malformed_lines: self.malformed_lines,
            malformed_count: self.malformed_count,
            pool: pool.unwrap_or_else(|| Pool::empty(self.sku)),
        })
    }

    async fn take(&mut self, line: Line) -> Result<(), Error> {
        match line {
            Line::Key(key) => self.batch.push(key),
            Line::Malformed(number) => {
                self.malformed_count += 1;
                if self.malformed_lines.len() < NAMED_LINES_MAX {
                    self.malformed_lines.push(number);
                }
            }
        }
        if self.batch.len() < BATCH_KEYS { Ok(()) } else { self.save().await }
    }

    async fn save(&mut self) -> Result<(), Error> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let now = self.app.clocks.real_now();
        let keys = self.seal()?;
        let count = count(keys.len());
        let mut tx = self.app.db.begin().await?;
        if !self.is_begun {
            store::pools::open(&mut tx, &self.sku, now).await?;
            self.app.write(&mut tx, &self.app.entry(self.deed("begun"), None)).await?;
        }
        let new_count = i64::try_from(store::keys::add(&mut tx, keys, now).await?).unwrap_or(count);
        tx.commit().await?;
        self.is_begun = true;
        self.imported_count += new_count;
        self.duplicate_count += count - new_count;
        Ok(())
    }

    fn seal(&mut self) -> Result<Vec<NewKey>, Error> {
        let Self { app, sku, batch, .. } = self;
        let sealed = batch.drain(..).map(|key| {
            let id = KeyId(app.ids.uuid());
            Ok(app.cipher.seal(id, sku.clone(), &key)?)
        });
        sealed.collect()
    }

    fn deed(&self, step: &str) -> Deed {
        let mut details = vec![("sku", self.sku.to_string()), ("step", step.to_owned())];
        if self.is_begun || step == "finished" {
            details.extend([
                ("imported_count", self.imported_count.to_string()),
                ("duplicate_count", self.duplicate_count.to_string()),
                ("malformed_count", self.malformed_count.to_string()),
            ]);
        }
        Deed {
            actor: self.actor.clone(),
            action: "ImportKeys".to_owned(),
            resource: self.sku.pool(),
            details: details.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ..Deed::default()
        }
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
