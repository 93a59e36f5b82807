//! Pages of lists: keyset order, a token that belongs to one caller's request and no other.

use crate::error::{Classify, Kind};
use crate::seal::Seal;

const PAGE_SIZE_DEFAULT: usize = 50;
const PAGE_SIZE_MAX: usize = 500;

/// What to read of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// How many rows: 1 to 500.
    pub size: usize,
    /// The key of the last row of the page before; `None` at the beginning.
    pub after: Option<String>,
}

/// A page token that is not ours, or belongs to another request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the page_token does not belong to this request; repeat the call without it")]
pub struct PageError;

impl Classify for PageError {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        "PAGE_TOKEN_INVALID"
    }
}

/// Reads and writes the page tokens of one list.
#[derive(Debug)]
pub struct Pager<'a> {
    seal: &'a Seal,
    purpose: String,
}

impl<'a> Pager<'a> {
    /// A pager for the list `method` as `caller` asked for it; `fields` are all the request's other
    /// fields, so that a token cannot be carried to another request.
    pub fn new(seal: &'a Seal, method: &str, caller: &str, fields: &[&str]) -> Self {
        Self { seal, purpose: format!("page\0{method}\0{caller}\0{}", fields.join("\0")) }
    }

    /// Reads `page_size` and `page_token`.
    ///
    /// # Errors
    ///
    /// [`PageError`] if the token is not ours or belongs to another request.
    pub fn page(&self, size: i32, token: &str) -> Result<Page, PageError> {
        let size = match usize::try_from(size).unwrap_or(0) {
            0 => PAGE_SIZE_DEFAULT,
            size => size.min(PAGE_SIZE_MAX),
        };
        let after = match token {
            "" => None,
            token => {
                let key = self.seal.open(&self.purpose, token).ok_or(PageError)?;
                Some(String::from_utf8(key).map_err(|_| PageError)?)
            }
        };
        Ok(Page { size, after })
    }

    /// Returns the token of the page that begins behind `key`; empty when there is none.
    pub fn token(&self, key: Option<&str>) -> String {
        key.map_or_else(String::new, |key| self.seal.close(&self.purpose, key.as_bytes()))
    }

    /// Cuts `rows`, of which one more than the page holds was read, to the page, and returns them
    /// with the token of the next page: empty when there is none.
    pub fn cut<T>(
        &self,
        page: &Page,
        mut rows: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> (Vec<T>, String) {
        let more = rows.len() > page.size;
        rows.truncate(page.size);
        let next = rows.last().filter(|_| more).map(key);
        (rows, self.token(next.as_deref()))
    }
}
