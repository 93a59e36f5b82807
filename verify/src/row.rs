//! An entry as it is stored, and what its leaf must be. The format is that of `docs/audit-log.md`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::hash::{Hash, leaf, sha256};

/// What stands at a place of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The place.
    pub index: i64,
    /// The entry, or why it cannot be read.
    pub row: Result<Box<Row>, String>,
}

/// An entry. Instants are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of docs/audit-log.md")]
pub struct Row {
    pub id: Vec<u8>,
    pub appended_at: i64,
    pub occurred_at: i64,
    pub test_clock_at: Option<i64>,
    pub service: String,
    pub actor: Option<String>,
    pub actor_salt: Option<Vec<u8>>,
    pub actor_hash: Vec<u8>,
    pub partner: Option<Vec<u8>>,
    pub customer: Option<Vec<u8>>,
    pub action: String,
    pub resource: String,
    pub outcome: String,
    pub reason: String,
    pub details: BTreeMap<String, String>,
    pub leaf_hash: Vec<u8>,
}

impl Row {
    /// Returns the hash of the leaf that this entry is at `index`.
    ///
    /// # Errors
    ///
    /// What is wrong between the entry and its own hashes.
    pub fn leaf(&self, index: i64) -> Result<Hash, &'static str> {
        match (&self.actor, &self.actor_salt) {
            (Some(actor), Some(salt)) => {
                if sha256(&[salt, actor.as_bytes()].concat()) != *self.actor_hash {
                    return Err("its actor does not match the actor's hash");
                }
            }
            (None, None) => {}
            _ => return Err("its actor and the salt do not belong together"),
        }
        let leaf = leaf(&self.content(index));
        if leaf != *self.leaf_hash {
            return Err("its content does not match its hash");
        }
        Ok(leaf)
    }

    /// Whether the actor's name was erased.
    pub fn is_erased(&self) -> bool {
        self.actor.is_none()
    }

    /// Returns the entries of which this one tells that their actors' names were erased.
    pub fn erasures(&self) -> Vec<RangeInclusive<i64>> {
        if self.service != "audit" || self.action != "ErasePersonalData" {
            return Vec::new();
        }
        let lists = self.details.iter().filter(|(name, _)| name.starts_with("entries."));
        let runs = lists.flat_map(|(_, list)| list.split(','));
        runs.filter_map(|run| match run.split_once('-') {
            Some((first, last)) => Some(first.parse().ok()?..=last.parse().ok()?),
            None => run.parse().ok().map(|only| only..=only),
        })
        .collect()
    }

    /// Writes the content of the leaf: each field as its length in four bytes, then its bytes.
    fn content(&self, index: i64) -> Vec<u8> {
        let micros = |at: i64| at.to_be_bytes().to_vec();
        let mut fields: Vec<Vec<u8>> = vec![
            b"tenure.audit.entry/1".to_vec(),
            index.to_be_bytes().to_vec(),
            micros(self.appended_at),
            self.id.clone(),
            micros(self.occurred_at),
            self.test_clock_at.map(micros).unwrap_or_default(),
            self.service.clone().into_bytes(),
            self.actor_hash.clone(),
            self.partner.clone().unwrap_or_default(),
            self.customer.clone().unwrap_or_default(),
            self.action.clone().into_bytes(),
            self.resource.clone().into_bytes(),
            self.outcome.clone().into_bytes(),
            self.reason.clone().into_bytes(),
        ];
        for (name, value) in &self.details {
            fields.push(name.clone().into_bytes());
            fields.push(value.clone().into_bytes());
        }
        let mut content = Vec::new();
        for field in fields {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            content.extend(length.to_be_bytes());
            content.extend(field);
        }
        content
    }
}
