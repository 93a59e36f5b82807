//! CSV as rows of cells, each of which knows its line and column. What the cells mean is not here.

use super::finding::{Finding, Place};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Where it begins.
    pub place: Place,
    /// What it holds; quotes removed.
    pub text: String,
}

/// What spreadsheets put before the first cell to say that this is UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The rows of a table, one after the other. Lines end with CR LF or with LF; empty ones are left
/// out. A cell in quotes may have commas, line ends, and quotes that are written twice (RFC 4180).
#[derive(Debug)]
pub struct Rows<'t> {
    rest: &'t str,
    place: Place,
}

impl<'t> Rows<'t> {
    /// Begins to read a text.
    pub fn of(text: &'t str) -> Self {
        Self { rest: text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text), place: Place::START }
    }

    fn next_letter(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = self.rest.get(letter.len_utf8()..).unwrap_or_default();
        self.place = match letter {
            '\n' => Place { line: self.place.line + 1, column: 1 },
            _ => Place { column: self.place.column + 1, ..self.place },
        };
        Some(letter)
    }

    /// Takes the end of a line, if one stands here.
    fn line_ends(&mut self) -> bool {
        let is_end = self.rest.starts_with("\r\n") || self.rest.starts_with('\n');
        while is_end && self.next_letter().is_some_and(|letter| letter != '\n') {}
        is_end
    }

    /// Reads a cell up to what ends it.
    fn cell(&mut self) -> Result<Cell, Finding> {
        let place = self.place;
        if self.rest.starts_with('"') {
            let text = self.quoted()?;
            if !self.rest.is_empty()
                && !self.rest.starts_with([',', '\n'])
                && !self.rest.starts_with("\r\n")
            {
                return Err(Finding::new(
                    self.place,
                    "a comma or the line's end must follow the quote",
                ));
            }
            return Ok(Cell { place, text });
        }
        let mut text = String::new();
        while !self.rest.is_empty()
            && !self.rest.starts_with([',', '\n'])
            && !self.rest.starts_with("\r\n")
        {
            text.extend(self.next_letter());
        }
        if let Some(at) = text.find('"') {
            let before = u64::try_from(text.get(..at).unwrap_or_default().chars().count());
            let column = place.column.saturating_add(before.unwrap_or_default());
            let why =
                "a quote stands inside of a cell: put the whole cell in quotes, and this one twice";
            return Err(Finding::new(Place { column, ..place }, why));
        }
        Ok(Cell { place, text })
    }

    fn quoted(&mut self) -> Result<String, Finding> {
        let opened = self.place;
        self.next_letter();
        let mut text = String::new();
        while let Some(letter) = self.next_letter() {
            if letter != '"' {
                text.push(letter);
            } else if self.rest.starts_with('"') {
                text.extend(self.next_letter());
            } else {
                return Ok(text);
            }
        }
        Err(Finding::new(opened, "this quote is never closed"))
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Vec<Cell>, Finding>;

    /// Returns the next row. What follows one that is broken cannot be told, so it is the last.
    fn next(&mut self) -> Option<Self::Item> {
        while self.line_ends() {}
        if self.rest.is_empty() {
            return None;
        }
        let mut row = vec![];
        loop {
            match self.cell() {
                Ok(cell) => row.push(cell),
                Err(finding) => {
                    self.rest = "";
                    return Some(Err(finding));
                }
            }
            if self.rest.starts_with(',') {
                self.next_letter();
            } else {
                self.line_ends();
                return Some(Ok(row));
            }
        }
    }
}

#[cfg(test)]
mod tests;
