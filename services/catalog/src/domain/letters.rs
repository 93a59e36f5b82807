//! The letters of a file that is read piece by piece, so that none is ever in memory whole. What they
//! say is not here.

use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;

use super::finding::{Finding, Place, ReadError};

/// What is read at once: few calls, little memory. Longer than any letter.
const PIECE_BYTES: usize = 64 * 1024;

/// What programs for tables put before the first letter to say that this is UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The letters of a file, without a byte order mark. They end where the file does, or where it can be
/// read no further, of which [`Failure`] then knows.
#[derive(Debug)]
pub struct Letters<R> {
    source: R,
    failure: Failure,
    /// Where the next letter stands.
    place: Place,
    text: String,
    /// The byte of `text` at which the next letter begins.
    at: usize,
    /// What is read goes here, always the same place. It begins with `cut` bytes of a letter whose end has
    /// not been read yet.
    piece: Vec<u8>,
    cut: usize,
    is_over: bool,
    /// Whether what follows `text` is no text.
    is_broken: bool,
}

/// Why letters ended too early, if they did.
#[derive(Debug, Clone, Default)]
pub struct Failure(Rc<RefCell<Option<ReadError>>>);

impl Failure {
    /// Tells a failure once.
    ///
    /// # Errors
    ///
    /// The failure.
    pub fn check(&self) -> Result<(), ReadError> {
        self.0.take().map_or(Ok(()), Err)
    }
}

impl<R: Read> Letters<R> {
    /// Begins to read.
    pub fn of(source: R) -> Self {
        let mut letters = Self {
            source,
            failure: Failure::default(),
            place: Place::START,
            text: String::new(),
            at: 0,
            piece: vec![0; PIECE_BYTES],
            cut: 0,
            is_over: false,
            is_broken: false,
        };
        letters.fill();
        if letters.text.starts_with(BYTE_ORDER_MARK) {
            letters.at = BYTE_ORDER_MARK.len_utf8();
        }
        letters
    }

    /// Returns what knows, after the last letter, whether it was the file's last.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }

    /// Reads the next piece; none is left when `text` stays empty.
    fn fill(&mut self) {
        self.text.clear();
        self.at = 0;
        while self.text.is_empty() && !self.is_over && !self.is_broken {
            if let Err(error) = self.read() {
                self.is_over = true;
                *self.failure.0.borrow_mut() = Some(error.into());
            }
        }
    }

    fn read(&mut self) -> std::io::Result<()> {
        let count = self.source.read(self.piece.get_mut(self.cut..).unwrap_or_default())?;
        self.is_over = count == 0;
        let bytes = self.piece.get(..self.cut + count).unwrap_or_default();
        let whole = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) => {
                // The end of the letter may come with the next piece.
                self.is_broken = error.error_len().is_some() || self.is_over;
                error.valid_up_to()
            }
        };
        let (whole, rest) = bytes.split_at(whole);
        self.text.push_str(std::str::from_utf8(whole).unwrap_or_default());
        let rest = whole.len()..whole.len() + rest.len();
        self.cut = rest.len();
        self.piece.copy_within(rest, 0);
        Ok(())
    }
}

impl<R: Read> Iterator for Letters<R> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if self.text.len() <= self.at {
            self.fill();
        }
        let Some(letter) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
            if std::mem::take(&mut self.is_broken) {
                self.is_over = true;
                let broken = Finding::new(self.place, "this is not text in UTF-8");
                *self.failure.0.borrow_mut() = Some(broken.into());
            }
            return None;
        };
        self.at += letter.len_utf8();
        self.place = self.place.after(letter);
        Some(letter)
    }
}

#[cfg(test)]
mod tests;
