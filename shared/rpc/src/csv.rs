//! A row of comma-separated values (RFC 4180, UTF-8), safe to be opened in a spreadsheet. Which columns
//! there are is not here.

/// A row that is being written, cell by cell.
///
/// Source: TRP-66.
#[derive(Debug, Default)]
pub struct Row {
    text: String,
    has_cells: bool,
}

impl Row {
    /// Returns a row of texts: most often the names of the columns.
    pub fn of_texts(texts: &[&str]) -> Self {
        texts.iter().fold(Self::default(), |row, text| row.text(text))
    }

    /// Adds a number, which no spreadsheet takes for a formula.
    #[must_use]
    pub fn number(mut self, number: impl std::fmt::Display) -> Self {
        self.separate();
        self.text.push_str(&number.to_string());
        self
    }

    /// Adds a text: what a spreadsheet would run gets an apostrophe before it.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.separate();
        let is_armed = is_armed(text);
        if !is_armed && !text.contains([',', '"', '\r', '\n']) {
            self.text.push_str(text);
            return self;
        }
        self.text.push('"');
        if is_armed {
            self.text.push('\'');
        }
        self.text.push_str(&text.replace('"', "\"\""));
        self.text.push('"');
        self
    }

    /// Returns the row with its end of line.
    pub fn end(self) -> Vec<u8> {
        (self.text + "\r\n").into_bytes()
    }

    fn separate(&mut self) {
        if self.has_cells {
            self.text.push(',');
        }
        self.has_cells = true;
    }
}

/// Whether a spreadsheet might take a text for a formula, also one that drops blanks before it, or
/// takes wide letters for narrow ones.
fn is_armed(text: &str) -> bool {
    const FIRST: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(FIRST)
}

#[cfg(test)]
mod tests;
