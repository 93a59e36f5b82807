//! Reads a file of keys, one a line, however it is cut into pieces. Memory is one line, not a file.

use zeroize::Zeroizing;

use super::{KeyFormat, ProductKey};

/// What an editor may put before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The longest line that is kept: the longest key with a separator after each character, and some
/// room. What is longer is no key.
const LINE_BYTES_MAX: usize = 320;

/// One line of the file that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A key.
    Key(ProductKey),
    /// No key: the line's number, from 1. Its text is not repeated, for it may be a key but for a
    /// typing error.
    Malformed(i64),
}

/// Where the reading of a file stands between two pieces.
#[derive(Debug)]
pub struct KeyFile {
    format: KeyFormat,
    /// The beginning of the line that is being read.
    line: Zeroizing<Vec<u8>>,
    is_overlong: bool,
    /// Lines that ended.
    line_count: i64,
}

impl KeyFile {
    /// The beginning of a file.
    pub fn new(format: KeyFormat) -> Self {
        let line = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX));
        Self { format, line, is_overlong: false, line_count: 0 }
    }

    /// Takes the next line out of `piece`; blank ones are left out. `None` once the piece is used up:
    /// what is left of it belongs to a line that goes on in the next piece.
    pub fn next_line(&mut self, piece: &mut &[u8]) -> Option<Line> {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            let (text, rest) = piece.split_at(end);
            *piece = rest.get(1..).unwrap_or_default();
            self.keep(text);
            if let Some(line) = self.end_line() {
                return Some(line);
            }
        }
        self.keep(piece);
        *piece = &[];
        None
    }

    /// Returns the last line if the file does not end with a line's end.
    pub fn finish(&mut self) -> Option<Line> {
        self.end_line()
    }

    fn keep(&mut self, text: &[u8]) {
        if self.line.len() + text.len() <= LINE_BYTES_MAX {
            self.line.extend_from_slice(text);
        } else {
            self.is_overlong = true;
        }
    }

    fn end_line(&mut self) -> Option<Line> {
        self.line_count += 1;
        let is_overlong = std::mem::take(&mut self.is_overlong);
        let text = match self.line.strip_prefix(BYTE_ORDER_MARK) {
            Some(text) if self.line_count == 1 => text,
            Some(_) | None => self.line.as_slice(),
        };
        let is_blank = text.iter().all(u8::is_ascii_whitespace) && !is_overlong;
        let key = if is_overlong { None } else { self.format.read(text) };
        self.line.clear();
        match key {
            Some(key) => Some(Line::Key(key)),
            None if is_blank => None,
            None => Some(Line::Malformed(self.line_count)),
        }
    }
}
