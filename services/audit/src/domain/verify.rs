//! Whether the stored log is the one that was appended; if not, where it was changed.
//!
//! The tree is rebuilt from what is stored, entry by entry. Three things vouch for an entry: its own
//! stored hashes, the stored head (the roots of the perfect subtrees), and signed checkpoints. Each
//! outranks the one before, since whoever can write to the database can write the first two as well.

use std::ops::RangeInclusive;

use super::{Checkpoint, Frontier, Hash, Logged, erasure};

/// A row of the log as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It can be read.
    Entry(Box<Logged>),
    /// It holds values that were never written by the log.
    Unreadable {
        /// Its place.
        index: i64,
        /// What is wrong with it.
        why: String,
    },
}

impl Found {
    /// Returns the entry, if it can be read.
    pub fn entry(self) -> Option<Logged> {
        match self {
            Self::Entry(logged) => Some(*logged),
            Self::Unreadable { .. } => None,
        }
    }

    /// Returns its place.
    pub fn index(&self) -> i64 {
        match self {
            Self::Entry(logged) => logged.index,
            Self::Unreadable { index, why: _ } => *index,
        }
    }
}

/// What is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The first bad entry; of several that may be it, the first; `None` if the entries are good.
    pub first_bad: Option<i64>,
    /// For people.
    pub text: String,
}

/// How the check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many entries were hashed.
    pub size: i64,
    /// The root over them.
    pub root: Hash,
    /// What is wrong; `None` if nothing is.
    pub finding: Option<Finding>,
}

/// A check under way.
#[derive(Debug)]
pub struct Check {
    head: Frontier,
    rebuilt: Frontier,
    /// The entries before this are those of the stored head, as far as it goes.
    matched: i64,
    /// The entries before this are those that were signed for.
    signed: i64,
    /// Where the entries left the stored head: they are changed, or it is.
    suspect: Option<Finding>,
    is_head_changed: bool,
    forged: Option<i64>,
    /// Entries whose actor was erased, and those of which the log itself tells so.
    erased: Vec<i64>,
    recorded: Vec<RangeInclusive<i64>>,
}

impl Check {
    /// Begins to compare with a stored head.
    pub fn of(head: Frontier) -> Self {
        Self {
            head,
            rebuilt: Frontier::default(),
            matched: 0,
            signed: 0,
            suspect: None,
            is_head_changed: false,
            forged: None,
            erased: vec![],
            recorded: vec![],
        }
    }

    /// Returns how many entries were taken.
    pub fn size(&self) -> i64 {
        self.rebuilt.size()
    }

    /// Takes the next rows in the order of their places; `signed` has the checkpoints whose sizes lie
    /// among them, by size.
    ///
    /// # Errors
    ///
    /// The [`Finding`], after which there is nothing more to find.
    pub fn take(&mut self, rows: &[Found], signed: &[Checkpoint]) -> Result<(), Finding> {
        let mut signed = signed.iter().peekable();
        for row in rows {
            let leaf = self.check_one(row).map_err(|bad| self.suspect.take().unwrap_or(bad))?;
            self.note_erasure(row);
            self.rebuilt.push(leaf);
            self.compare_with_head();
            while let Some(checkpoint) = signed.next_if(|next| next.size <= self.size()) {
                self.compare_with(checkpoint)?;
            }
        }
        Ok(())
    }

    /// Notes that a stored checkpoint of this size is not ours.
    pub fn note_forged(&mut self, size: i64) {
        self.forged.get_or_insert(size);
    }

    /// Ends the check; `newest` is the signed checkpoint that the log must reach.
    pub fn finish(mut self, newest: Option<&Checkpoint>) -> Report {
        let suspect = self.suspect.take();
        let finding = suspect
            .or_else(|| self.cut_off(newest))
            .or_else(|| self.erased_in_secret())
            .or_else(|| self.is_head_changed.then(|| self.head_changed()))
            .or_else(|| self.forged.map(forged));
        self.report(finding)
    }

    /// Ends the check with what was found.
    pub fn report(self, finding: Option<Finding>) -> Report {
        Report { size: self.rebuilt.size(), root: self.rebuilt.root(), finding }
    }

    /// Returns the hash of a row that is what the log has next, as far as the row itself can tell.
    fn check_one(&self, row: &Found) -> Result<Hash, Finding> {
        let (next, index) = (self.size(), row.index());
        if next < index {
            return Err(self.bad(next, format!("entry {next} is missing")));
        }
        if index < next {
            return Err(self.bad(index, format!("entry {index} was inserted before the log")));
        }
        let counted = self.head.size();
        if counted <= index {
            let text = format!(
                "entry {index} lies beyond the stored head, which counts {counted} entries: it was \
                 inserted, or the head was set back"
            );
            return Err(self.bad(index, text));
        }
        let fault = match row {
            Found::Unreadable { index: _, why } => format!("cannot be read: {why}"),
            Found::Entry(logged) => match logged.fault() {
                None => return Ok(logged.leaf_hash),
                Some(fault) => format!("was changed: {fault}"),
            },
        };
        Err(self.bad(index, format!("entry {index} {fault}")))
    }

    /// Compares where a perfect subtree of the stored head is complete.
    fn compare_with_head(&mut self) {
        let size = self.size();
        let stored = self.head.subtrees().find(|(end, _)| *end == size);
        let Some((_, root)) = stored.filter(|_| self.suspect.is_none() && !self.is_head_changed)
        else {
            return;
        };
        if self.rebuilt.last_subtree() == Some(root) {
            self.matched = size;
        } else {
            self.suspect = Some(changed_within(self.matched, size, "the stored head"));
        }
    }

    /// A signature outranks the head: where it agrees with the entries, the head is what was changed.
    fn compare_with(&mut self, checkpoint: &Checkpoint) -> Result<(), Finding> {
        if checkpoint.root == self.rebuilt.root() {
            self.is_head_changed |= self.suspect.take().is_some();
            self.signed = self.size();
            self.matched = self.size();
            return Ok(());
        }
        let by = format!("the checkpoint that was signed at {}", checkpoint.signed_at);
        let changed = changed_within(self.signed, self.size(), &by);
        Err(self.suspect.take().unwrap_or(changed))
    }

    fn note_erasure(&mut self, row: &Found) {
        let Found::Entry(logged) = row else { return };
        if logged.is_erased() {
            self.erased.push(logged.index);
        }
        self.recorded.extend(erasure::recorded(&logged.entry));
    }

    /// The leaf stays as it was when a name is erased, so that only the record of it tells whether it
    /// was done by the log.
    fn erased_in_secret(&self) -> Option<Finding> {
        let is_recorded = |index: &&i64| self.recorded.iter().any(|range| range.contains(*index));
        let first = *self.erased.iter().find(|index| !is_recorded(index))?;
        let text =
            format!("entry {first} has lost its actor, and no entry of the log tells of that");
        Some(Finding { first_bad: Some(first), text })
    }

    fn cut_off(&self, newest: Option<&Checkpoint>) -> Option<Finding> {
        let size = self.size();
        let counted = self.head.size();
        let there_were = match newest {
            _ if size < counted => format!("{counted} are counted by the stored head"),
            Some(signed) if size < signed.size => {
                format!("{} were signed for at {}", signed.size, signed.signed_at)
            }
            _ => return None,
        };
        Some(self.bad(size, format!("the log ends after {size} entries, and {there_were}")))
    }

    fn head_changed(&self) -> Finding {
        let text = format!(
            "the stored head was changed: it is not the root of the entries, of which the first {} \
             are those that were signed for",
            self.signed
        );
        Finding { first_bad: None, text }
    }

    /// Names a bad entry, and how far those before it are more than consistent with themselves.
    fn bad(&self, index: i64, text: String) -> Finding {
        let open = match index - self.matched {
            ..=0 => String::new(),
            1 => format!("; entry {} matches its own hash, nothing else proves it", self.matched),
            _ => format!(
                "; the entries {} to {} match their own hashes, nothing else proves them",
                self.matched,
                index - 1
            ),
        };
        Finding { first_bad: Some(index), text: text + &open }
    }
}

/// Between two sizes at which something stronger vouches for the entries, nothing stored tells which
/// of them it was.
fn changed_within(since: i64, until: i64, by: &str) -> Finding {
    let text = if until - since <= 1 {
        format!("entry {since} was changed together with its hash: {by} has another root")
    } else {
        format!(
            "one of the entries {since} to {} was changed together with its hash: {by} has another \
             root, and nothing stored tells which entry it is",
            until - 1
        )
    };
    Finding { first_bad: Some(since), text }
}

fn forged(size: i64) -> Finding {
    let text = format!("the stored checkpoint of size {size} is not signed by this log's key");
    Finding { first_bad: None, text }
}
