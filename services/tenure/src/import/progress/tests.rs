//! What the line says.

use rstest::rstest;

use super::*;

#[rstest]
#[case::nothing_yet(ImportPhase::Receiving, (0, 0, 0), "sending: 0 %")]
#[case::half_of_it(ImportPhase::Receiving, (100, 0, 0), "sending: 50 %")]
#[case::prices(ImportPhase::Reading, (200, 7, 0), "reading: 7 prices")]
#[case::compared(ImportPhase::Comparing, (200, 8, 2), "comparing: 25 % of 8 prices")]
#[case::several_lists(ImportPhase::Comparing, (200, 8, 16), "comparing: 100 % of 8 prices")]
#[case::no_prices(ImportPhase::Comparing, (200, 0, 0), "comparing: 0 % of 0 prices")]
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
    assert_eq!(say(200, &now), expected);
}
