//! Catalog files in YAML: however the file comes in, it says the same.
#![no_main]

use std::io::{self, Read};

use catalog::domain::file::{File, Priced, outline};
use catalog::domain::finding::ReadError;
use libfuzzer_sys::fuzz_target;

/// A file that comes in pieces which end anywhere.
struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let half = buffer.len().min(self.0.len().div_ceil(2));
        self.0.read(&mut buffer[..half])
    }
}

fn read<R: Read>(open: impl Fn() -> R) -> (Option<File>, Vec<Priced>) {
    let mut prices = vec![];
    let read: Result<File, ReadError> = outline(open())
        .and_then(|outline| outline.read_prices(open(), None, &mut |priced| prices.push(priced)));
    (read.ok(), prices)
}

fuzz_target!(|data: &[u8]| {
    assert_eq!(read(|| data), read(|| Pieces(data)));
});
