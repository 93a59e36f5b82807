//! Tables, whole and broken.

use rstest::rstest;

use super::*;

fn read(text: &str) -> Vec<Vec<String>> {
    let rows = Rows::of(text.as_bytes()).map(Result::unwrap);
    rows.map(|row| row.into_iter().map(|cell| cell.text).collect()).collect()
}

#[rstest]
#[case::plain("a,b\n1,2\n", vec![vec!["a", "b"], vec!["1", "2"]])]
#[case::no_end_of_the_last_line("a,b\n1,2", vec![vec!["a", "b"], vec!["1", "2"]])]
#[case::carriage_returns("a,b\r\n1,2\r\n", vec![vec!["a", "b"], vec!["1", "2"]])]
#[case::a_byte_order_mark("\u{feff}a,b\n", vec![vec!["a", "b"]])]
#[case::empty_cells("a,,\n,\n", vec![vec!["a", "", ""], vec!["", ""]])]
#[case::empty_lines("\n\r\na\n\n\nb\n\n", vec![vec!["a"], vec!["b"]])]
#[case::quotes("\"a\",\"b, c\"\n", vec![vec!["a", "b, c"]])]
#[case::quotes_in_quotes("\"say \"\"yes\"\"\"\n", vec![vec!["say \"yes\""]])]
#[case::lines_in_quotes("\"a\r\nb\",c\n", vec![vec!["a\r\nb", "c"]])]
#[case::an_empty_cell_in_quotes("\"\",b\n", vec![vec!["", "b"]])]
#[case::nothing("", vec![])]
fn a_table_is_read(#[case] text: &str, #[case] expected: Vec<Vec<&str>>) {
    assert_eq!(read(text), expected);
}

#[test]
fn every_cell_knows_where_it_begins() {
    let text = "\u{feff}ä,\"b\nc\",d\r\ne";
    let cells: Vec<_> = Rows::of(text.as_bytes()).flat_map(Result::unwrap).collect();
    let places: Vec<_> = cells.iter().map(|cell| (cell.place.line, cell.place.column)).collect();
    assert_eq!(places, [(1, 1), (1, 3), (2, 4), (3, 1)]);
}

#[rstest]
#[case::never_closed("a,\"b\nc", 1, 3)]
#[case::text_behind_quotes("a\n\"b\"c", 2, 4)]
#[case::a_quote_inside("a,b\"c\"\n", 1, 4)]
fn a_broken_table_is_told_with_line_and_column(
    #[case] text: &str,
    #[case] line: u64,
    #[case] column: u64,
) {
    let found = Rows::of(text.as_bytes()).find_map(Result::err).unwrap();
    assert_eq!(found.place, Place { line, column }, "{}", found.what);
    assert!(Rows::of(text.as_bytes()).count() < 3, "nothing follows");
}

/// Otherwise one quote too many would bring a whole file into memory.
#[test]
fn a_quote_that_swallows_the_file_is_told_before_its_end() {
    let text = format!("a,\"{}\nb,c\n", "x\n".repeat(CELL_MAX));
    let mut rows = Rows::of(text.as_bytes());
    let found = rows.next().unwrap().unwrap_err();
    assert_eq!((found.place.column, found.what.as_str()), (3, "this quote is never closed"));
    assert!(rows.letters.count() > CELL_MAX, "most of it was not read");
}
