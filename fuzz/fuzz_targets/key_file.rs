//! Files of product keys: however they are cut into pieces, their lines are the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use license_key::domain::{KeyFile, KeyFormat, Line};

fn lines<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Line> {
    let format = KeyFormat::new(8, "ABCDEFGHJKLMNPQRTVWXY2346789").unwrap();
    let mut file = KeyFile::new(format);
    let mut lines = vec![];
    for mut piece in pieces {
        while let Some(line) = file.next_line(&mut piece) {
            lines.push(line);
        }
    }
    lines.extend(file.finish());
    lines
}

// The first byte says how long the pieces are.
fuzz_target!(|data: &[u8]| {
    let Some((length, file)) = data.split_first() else { return };
    let pieces = file.chunks(usize::from(*length).max(1));
    assert_eq!(lines(std::iter::once(file)), lines(pieces));
});
