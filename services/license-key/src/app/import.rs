//! Imports keys of one SKU, piece by piece, and goes on where it broke off. Memory is one batch, however
//! long the file.

use access::Caller;
use db::Tx;
use vocab::{KeyId, RequestId};

use super::App;
use super::entry::Deed;
use crate::cipher::{ImportDigest, NewKey};
use crate::domain::{
    self, Counts, KeyFile, KeyImport, KeyKind, Line, Pool, ProductKey, Rejection, SkuName,
};
use crate::error::{Error, Sought};
use crate::store;

/// Keys of one transaction: beyond this neither engine gets faster, and a broken import loses no more.
const BATCH_KEYS: usize = 512;

/// What is to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportAsk {
    /// The import's own id: with it, it goes on where it broke off.
    pub id: RequestId,
    /// Whose keys.
    pub sku: SkuName,
    /// Of which kind.
    pub kind: KeyKind,
    /// On how many devices each can be activated; `None` where the purchase's quantity says.
    pub activation_limit: Option<i64>,
}

/// An import that goes on.
#[derive(Debug)]
pub struct Import<'a> {
    app: &'a App,
    actor: String,
    sku: SkuName,
    file: KeyFile,
    batch: Vec<ProductKey>,
    /// Of the lines that were read so far.
    digest: ImportDigest,
    /// Lines that were read so far.
    lines: i64,
    /// What an earlier attempt left.
    before: KeyImport,
    /// What is saved, once the batch is.
    state: KeyImport,
}

/// What an import did, over all attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOutcome {
    /// As it is kept.
    pub import: KeyImport,
    /// Lines that earlier attempts had done.
    pub resumed_lines: i64,
    /// The pool as it now is.
    pub pool: Pool,
}

impl App {
    /// Begins an import, or goes on with it.
    ///
    /// # Errors
    ///
    /// [`Rejection::KmsNotOffered`] (KEY-1), [`Rejection::ImportMismatch`] if the id stands for an import
    /// of another SKU (D-28).
    pub async fn import(&self, caller: &Caller, ask: ImportAsk) -> Result<Import<'_>, Error> {
        domain::may_import(ask.kind)?;
        let ImportAsk { id, sku, activation_limit, .. } = ask;
        let digest = self.cipher.import_digest();
        let mut tx = self.db.read().await?;
        let known = store::imports::load(&mut tx, id).await?;
        let before = known.unwrap_or_else(|| KeyImport {
            id,
            sku: sku.clone(),
            activation_limit,
            counts: Counts::default(),
            digest: digest.so_far(),
            is_finished: false,
            updated_at: self.clocks.real_now(),
        });
        if (&before.sku, before.activation_limit) != (&sku, activation_limit) {
            return Err(Rejection::ImportMismatch { import: id }.into());
        }
        Ok(Import {
            app: self,
            actor: caller.subject.clone(),
            sku,
            file: KeyFile::new(self.format.clone()),
            batch: Vec::with_capacity(BATCH_KEYS),
            digest,
            lines: 0,
            state: before.clone(),
            before,
        })
    }

    /// Returns how far an import is.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if nothing of it was saved.
    pub async fn key_import(&self, id: RequestId) -> Result<KeyImport, Error> {
        let mut tx = self.db.read().await?;
        let found = store::imports::load(&mut tx, id).await?;
        found.ok_or(Error::NotFound { what: Sought::Import(id) })
    }
}

impl Import<'_> {
    /// Takes the next piece of the file, which may end within a line. Lines that an earlier attempt had
    /// done are only compared.
    ///
    /// What was saved before a failure stays.
    ///
    /// # Errors
    ///
    /// [`Rejection::ImportMismatch`] if it is not the file of the earlier attempt; those of the
    /// database.
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
    /// As [`push`](Self::push).
    pub async fn finish(mut self) -> Result<ImportOutcome, Error> {
        if let Some(line) = self.file.finish() {
            self.take(line).await?;
        }
        if self.lines < self.before.counts.lines {
            return Err(self.mismatch());
        }
        let is_news = !self.before.is_finished;
        self.state.is_finished = true;
        if is_news {
            self.save().await?;
        }
        let mut tx = self.app.db.begin().await?;
        if is_news {
            self.app.write(&mut tx, &self.app.entry(self.deed("finished"), None)).await?;
        }
        let pool = store::pools::load(&mut tx, &self.sku).await?;
        tx.commit().await?;
        self.app.nudge.notify();
        Ok(ImportOutcome {
            resumed_lines: self.before.counts.lines,
            pool: pool.unwrap_or_else(|| Pool::empty(self.sku)),
            import: self.state,
        })
    }

    async fn take(&mut self, line: Line) -> Result<(), Error> {
        self.lines += 1;
        self.digest.add(&line);
        if self.lines <= self.before.counts.lines {
            let is_last = self.lines == self.before.counts.lines;
            let is_same = !is_last || self.digest.so_far() == self.before.digest;
            return if is_same { Ok(()) } else { Err(self.mismatch()) };
        }
        if self.before.is_finished {
            return Err(self.mismatch());
        }
        match line {
            Line::Key(key) => self.batch.push(key),
            Line::Malformed(number) => self.state.counts.add_malformed(number),
        }
        if self.batch.len() < BATCH_KEYS { Ok(()) } else { self.save().await }
    }

    fn mismatch(&self) -> Error {
        Rejection::ImportMismatch { import: self.before.id }.into()
    }

    /// Saves the batch and how far the import is, in one transaction.
    async fn save(&mut self) -> Result<(), Error> {
        let now = self.app.clocks.real_now();
        let keys = self.seal()?;
        let count = count(keys.len());
        let mut tx = self.app.db.begin().await?;
        self.hold(&mut tx).await?;
        if count > 0 {
            store::pools::open(&mut tx, &self.sku, now).await?;
        }
        let limit = self.state.activation_limit;
        let added = store::keys::add(&mut tx, keys, limit, now).await?;
        let new_count = i64::try_from(added).unwrap_or(count);
        let mut next = self.state.clone();
        next.counts.lines = self.lines;
        next.counts.imported += new_count;
        next.counts.duplicates += count - new_count;
        next.digest = self.digest.so_far();
        next.updated_at = now;
        store::imports::save(&mut tx, &next).await?;
        tx.commit().await?;
        self.state = next;
        Ok(())
    }

    /// Makes sure that nobody else goes on with this import at the same time; the first time, puts it on
    /// record that it begins.
    async fn hold(&self, tx: &mut Tx) -> Result<(), Error> {
        let saved = store::imports::lock(tx, self.before.id).await?;
        let lines = saved.map(|saved| saved.counts.lines);
        match lines {
            None if self.state.counts.lines == 0 => {
                self.app.write(tx, &self.app.entry(self.deed("begun"), None)).await
            }
            Some(lines) if lines == self.state.counts.lines => Ok(()),
            None | Some(_) => Err(self.mismatch()),
        }
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
        if step == "finished" {
            let counts = &self.state.counts;
            details.extend([
                ("imported_count", counts.imported.to_string()),
                ("duplicate_count", counts.duplicates.to_string()),
                ("malformed_count", counts.malformed.to_string()),
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
