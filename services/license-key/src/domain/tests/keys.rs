//! Keys and files of keys.

use rstest::rstest;

use super::digits;
use crate::domain::{KeyFile, KeyFormat, Line};

const KEY: &str = "01234567890123456789012345678901";

#[rstest]
#[case::d_24_thirty_two_digits(KEY, true)]
#[case::d_24_one_too_few("0123456789012345678901234567890", false)]
#[case::d_24_one_too_many("012345678901234567890123456789012", false)]
#[case::d_24_a_letter("0123456789012345678901234567890A", false)]
#[case::d_24_digits_of_another_script("٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩٠١", false)]
#[case::d_24_dashes_and_spaces(" 01234567-89012345 67890123\t45678901 ", true)]
#[case::d_24_an_underscore("01234567_8901234567890123456789012", false)]
#[case::d_24_nothing("", false)]
#[case::d_24_dashes_alone("----", false)]
fn a_key_is_read(#[case] text: &str, #[case] is_key: bool) {
    let key = digits().read(text.as_bytes());
    assert_eq!(key.is_some(), is_key);
    assert!(key.is_none_or(|key| key.expose() == KEY));
}

#[test]
fn d_24_length_and_alphabet_are_configuration() {
    let format = KeyFormat::new(25, "BCDFGHJKMPQRTVWXY2346789").unwrap();
    let key = format.read(b"BCDFG-HJKMP-QRTVW-XY234-67892").unwrap();
    assert_eq!(key.expose(), "BCDFGHJKMPQRTVWXY23467892");
    assert!(format.read(b"ACDFG-HJKMP-QRTVW-XY234-67892").is_none());
}

#[rstest]
#[case::d_24_too_short(7, "01", true)]
#[case::d_24_shortest(8, "01", false)]
#[case::d_24_longest(128, "01", false)]
#[case::d_24_too_long(129, "01", true)]
#[case::d_24_no_alphabet(32, "", true)]
#[case::d_24_one_character(32, "0", true)]
#[case::d_24_a_character_twice(32, "010", true)]
#[case::d_24_a_dash(32, "01-", true)]
#[case::d_24_a_space(32, "01 ", true)]
#[case::d_24_beyond_ascii(32, "01é", true)]
fn a_form_that_no_key_has_is_refused(
    #[case] length: usize,
    #[case] alphabet: &str,
    #[case] is_refused: bool,
) {
    let format = KeyFormat::new(length, alphabet);
    assert_eq!(format.is_err(), is_refused, "{format:?}");
}

#[test]
fn dwn_6_a_key_is_never_printed() {
    let key = digits().read(KEY.as_bytes()).unwrap();
    assert_eq!(format!("{key:?} {key:#?}"), "ProductKey(..) ProductKey(..)");
    assert_eq!(format!("{:?}", Line::Key(key)), "Key(ProductKey(..))");
}

/// Reads a file that arrives in pieces of `size` bytes: `k` for each key, a number for each line that
/// is none.
fn read(file: &[u8], size: usize) -> Vec<String> {
    let told = |line: Line| match line {
        Line::Key(key) if key.expose() == KEY => "k".to_owned(),
        Line::Key(_) => "another key".to_owned(),
        Line::Malformed(number) => number.to_string(),
    };
    let mut reader = KeyFile::new(digits());
    let mut lines = vec![];
    for mut piece in file.chunks(size) {
        while let Some(line) = reader.next_line(&mut piece) {
            lines.push(told(line));
        }
        assert!(piece.is_empty());
    }
    lines.extend(reader.finish().map(told));
    lines
}

#[rstest]
#[case::d_24_nothing("", "")]
#[case::d_24_one_without_an_end("{k}", "k")]
#[case::d_24_one_with_an_end("{k}\n", "k")]
#[case::d_24_windows_line_ends("{k}\r\n{k}\r\n", "k k")]
#[case::d_24_byte_order_mark("\u{feff}{k}\n{k}", "k k")]
#[case::d_24_byte_order_mark_is_only_first("{k}\n\u{feff}{k}", "k 2")]
#[case::d_24_byte_order_mark_alone("\u{feff}", "")]
#[case::d_24_blank_lines_count_and_say_nothing("\n \t\r\n{k}\nx\n\n{k}\n\n", "k 4 k")]
#[case::d_24_malformed_by_number("x\n{k}\n{k}0\ny", "1 k 3 4")]
#[case::d_24_two_on_a_line("{k} {k}\n{k}", "1 k")]
#[case::d_24_an_endless_line("{long}\n{k}\n{long}", "1 k 3")]
#[case::d_24_an_endless_line_of_spaces("{spaces}{k}\n{k}", "1 k")]
fn a_file_is_read(#[case] file: &str, #[case] expected: &str) {
    let file = file
        .replace("{k}", "01234567-89012345-67890123-45678901")
        .replace("{long}", &"0".repeat(100_000))
        .replace("{spaces}", &" ".repeat(100_000));
    for size in [1, 2, 3, 7, 36, 4096, 1 << 20] {
        assert_eq!(read(file.as_bytes(), size).join(" "), expected, "pieces of {size}");
    }
}
