//! Price lists that are tables (CSV): however the file comes in, it says the same.
#![no_main]

use std::collections::BTreeMap;
use std::io::{self, Read};

use catalog::domain::file::{File, Priced, read_table};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

/// A file that comes in pieces which end anywhere.
struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let half = buffer.len().min(self.0.len().div_ceil(2));
        self.0.read(&mut buffer[..half])
    }
}

fn read(source: impl Read) -> (Option<File>, Vec<Priced>) {
    let mut prices = vec![];
    let at = Timestamp::UNIX_EPOCH;
    let read = read_table(source, at, BTreeMap::new(), &mut |priced| prices.push(priced));
    (read.ok(), prices)
}

fuzz_target!(|data: &[u8]| {
    assert_eq!(read(data), read(Pieces(data)));
});
