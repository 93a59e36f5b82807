//! CSV as rows of cells, each of which knows its line and column. What the cells mean is not here.

use std::collections::VecDeque;
use std::io::Read;

use super::finding::{Finding, Place, ReadError};
use super::letters::{Failure, Letters};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Where it begins.
    pub place: Place,
    /// What it holds; quotes removed.
    pub text: String,
}

/// Longer cells mean that a quote is never closed; the rest of the file shall not be kept for one.
const CELL_MAX: usize = 20_000;

/// The rows of a table, one after the other. Lines end with CR LF or with LF; empty ones are left
/// out. A cell in quotes may have commas, line ends, and quotes that are written twice (RFC 4180).
#[derive(Debug)]
pub struct Rows<R> {
    letters: Letters<R>,
    failure: Failure,
    /// Letters that were looked at, and not yet taken.
    ahead: VecDeque<char>,
    place: Place,
    is_over: bool,
}

impl<R: Read> Rows<R> {
    /// Begins to read a table.
    pub fn of(source: R) -> Self {
        let letters = Letters::of(source);
        let (failure, ahead) = (letters.failure(), VecDeque::new());
        Self { letters, failure, ahead, place: Place::START, is_over: false }
    }

    /// Tells whether the file was read to its end.
    ///
    /// # Errors
    ///
    /// Why it was not.
    pub fn end(self) -> Result<(), ReadError> {
        self.failure.check()
    }

    /// Looks at the letter after `count` others.
    fn peek(&mut self, count: usize) -> Option<char> {
        while self.ahead.len() <= count {
            self.ahead.push_back(self.letters.next()?);
        }
        self.ahead.get(count).copied()
    }

    fn take(&mut self) -> Option<char> {
        self.peek(0)?;
        let letter = self.ahead.pop_front()?;
        self.place = self.place.after(letter);
        Some(letter)
    }

    /// Tells whether a line ends here.
    fn is_line_end(&mut self) -> bool {
        match self.peek(0) {
            Some('\r') => self.peek(1) == Some('\n'),
            letter => letter == Some('\n'),
        }
    }

    /// Takes the end of a line, if one stands here.
    fn line_ends(&mut self) -> bool {
        let is_end = self.is_line_end();
        while is_end && self.take().is_some_and(|letter| letter != '\n') {}
        is_end
    }

    /// Tells whether a cell ends here.
    fn is_cell_end(&mut self) -> bool {
        matches!(self.peek(0), None | Some(',')) || self.is_line_end()
    }

    /// Reads a cell up to what ends it.
    fn cell(&mut self) -> Result<Cell, Finding> {
        let place = self.place;
        if self.peek(0) == Some('"') {
            let text = self.quoted()?;
            if !self.is_cell_end() {
                let why = "a comma or the line's end must follow the quote";
                return Err(Finding::new(self.place, why));
            }
            return Ok(Cell { place, text });
        }
        let mut text = String::new();
        while !self.is_cell_end() {
            if self.peek(0) == Some('"') {
                let why = "a quote stands inside of a cell: put the whole cell in quotes, and this \
                           one twice";
                return Err(Finding::new(self.place, why));
            }
            text.extend(self.take());
            if CELL_MAX < text.len() {
                return Err(Finding::new(place, "this cell is too long"));
            }
        }
        Ok(Cell { place, text })
    }

    fn quoted(&mut self) -> Result<String, Finding> {
        let opened = self.place;
        self.take();
        let mut text = String::new();
        while text.len() <= CELL_MAX
            && let Some(letter) = self.take()
        {
            if letter != '"' {
                text.push(letter);
            } else if self.peek(0) == Some('"') {
                text.extend(self.take());
            } else {
                return Ok(text);
            }
        }
        Err(Finding::new(opened, "this quote is never closed"))
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Vec<Cell>, Finding>;

    /// Returns the next row. What follows one that is broken cannot be told, so it is the last.
    fn next(&mut self) -> Option<Self::Item> {
        while self.line_ends() {}
        if self.is_over || self.peek(0).is_none() {
            return None;
        }
        let mut row = vec![];
        loop {
            match self.cell() {
                Ok(cell) => row.push(cell),
                Err(finding) => {
                    self.is_over = true;
                    return Some(Err(finding));
                }
            }
            if self.peek(0) == Some(',') {
                self.take();
            } else {
                self.line_ends();
                return Some(Ok(row));
            }
        }
    }
}

#[cfg(test)]
mod tests;
