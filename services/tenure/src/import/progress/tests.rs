//! What the line says.

use rstest::rstest;

use super::*;

const NOTHING: &str = "[------------------------------]   0 %";
const QUARTER: &str = "[#######-----------------------]  25 %";
const HALF: &str = "[###############---------------]  50 %";
const ALL: &str = "[##############################] 100 %";

#[rstest]
#[case::nothing_yet(ImportPhase::Receiving, (0, 0, 0), &format!("sending    {NOTHING}"))]
#[case::half_of_it(ImportPhase::Receiving, (100, 0, 0), &format!("sending    {HALF}"))]
#[case::prices(ImportPhase::Reading, (200, 7, 0), "reading    7 prices")]
#[case::compared(ImportPhase::Comparing, (200, 8, 2), &format!("comparing  {QUARTER} of 8 prices"))]
#[case::several_lists(ImportPhase::Comparing, (200, 8, 16), &format!("comparing  {ALL} of 8 prices"))]
#[case::no_prices(ImportPhase::Comparing, (200, 0, 0), &format!("comparing  {NOTHING} of 0 prices"))]
fn the_line_says_how_far_it_is(
    #[case] phase: ImportPhase,
    #[case] (received_bytes, read_count, compared_count): (i64, i64, i64),
    #[case] expected: &str,
) {
    let now = ImportCatalogWithProgressResponse {
        phase: phase.into(),
        received_bytes,
        read_count,
        compared_count,
        ..Default::default()
    };
    assert_eq!(of_catalog(200, &now), expected);
}

#[rstest]
#[case::nothing(0, 0, NOTHING)]
#[case::half(5, 10, HALF)]
#[case::more_than_expected(11, 10, ALL)]
fn keys_are_counted_by_lines(#[case] done: i64, #[case] lines: u64, #[case] drawn: &str) {
    assert_eq!(of_keys(done, lines), format!("importing  {drawn} of {lines} lines"));
}
