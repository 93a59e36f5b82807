//! Letters across the edges of pieces.

use rstest::rstest;

use super::*;

/// Hands out a few bytes at a time, whatever is asked for.
struct Drops<'a>(&'a [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let (now, later) = self.0.split_at(self.1.min(self.0.len()).min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        self.0 = later;
        Ok(now.len())
    }
}

#[rstest]
#[case::one_letter("a")]
#[case::of_several_bytes("aé€😀z")]
#[case::nothing("")]
fn letters_survive_any_cut(#[case] text: &str, #[values(1, 2, 3, 1000)] bytes: usize) {
    let letters = Letters::of(Drops(text.as_bytes(), bytes));
    let failure = letters.failure();
    assert_eq!(letters.collect::<String>(), text);
    assert!(failure.check().is_ok());
    let marked = format!("\u{feff}{text}");
    assert_eq!(Letters::of(Drops(marked.as_bytes(), bytes)).collect::<String>(), text);
}

#[rstest]
#[case::no_text(b"ab\ncd\xffe", "ab\ncd", 2, 3)]
#[case::half_a_letter(b"\xe2\x82", "", 1, 1)]
fn what_is_no_text_ends_the_letters_and_is_told(
    #[case] bytes: &[u8],
    #[case] before: &str,
    #[case] line: u64,
    #[case] column: u64,
    #[values(1, 1000)] at_once: usize,
) {
    let mut letters = Letters::of(Drops(bytes, at_once));
    let failure = letters.failure();
    assert_eq!(letters.by_ref().collect::<String>(), before);
    let Err(ReadError::Broken(findings)) = failure.check() else { panic!("nothing is told") };
    assert_eq!(findings.first.place, Place { line, column });
    assert_eq!(letters.next(), None);
    assert!(failure.check().is_ok(), "it is told once");
}
