//! Reads fields of requests: everything that is wrong is found in one pass.

use std::fmt::Display;
use std::str::FromStr;

use proto::{Checked, Violation};

use crate::error::Violations;

/// Collects what is wrong with a request while its fields are read.
#[derive(Debug, Default)]
pub struct Fields {
    found: Vec<Violation>,
}

impl Fields {
    /// Begins with what the contract's annotations find.
    pub fn of<M: Checked>(message: &M) -> Self {
        Self { found: message.violations() }
    }

    /// Records that `field` is wrong; `description` continues the field's name: "is reversed".
    pub fn wrong(&mut self, field: &str, description: impl Display) {
        self.found
            .push(Violation { field: field.to_owned(), description: description.to_string() });
    }

    /// Reads a text; `None` if it was or is recorded as wrong.
    pub fn parse<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T>
    where
        T::Err: Display,
    {
        let read = text.parse();
        self.keep(field, read)
    }

    /// Reads a text that may be empty; an empty one reads as the type's `None`.
    pub fn parse_unless_empty<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T>
    where
        T::Err: Display,
    {
        if text.is_empty() { None } else { self.parse(field, text) }
    }

    /// Takes a value that was read elsewhere, or records why it could not be.
    pub fn keep<T, E: Display>(&mut self, field: &str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong_once(field, error);
                None
            }
        }
    }

    /// Takes a message field that must be there.
    pub fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.wrong_once(field, "is required");
        }
        value
    }

    /// Returns what was read if nothing was wrong.
    ///
    /// # Errors
    ///
    /// [`Violations`] with everything that was wrong.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, Violations> {
        match read {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(Violations(self.found)),
        }
    }

    /// A field that the contract's annotations refused already, alone or with the message that it
    /// belongs to, is not refused twice.
    fn wrong_once(&mut self, field: &str, description: impl Display) {
        let is_refused = |one: &Violation| {
            field
                .strip_prefix(&*one.field)
                .is_some_and(|rest| matches!(rest.get(..1), None | Some(".")))
        };
        if !self.found.iter().any(is_refused) {
            self.wrong(field, description);
        }
    }
}
