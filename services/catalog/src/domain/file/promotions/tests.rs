//! Promotions of a file.

use rstest::rstest;
use vocab::{Segment, TermLength};

use super::*;
use crate::domain::file::tests::{Whole, read};
use crate::domain::finding::Findings;
use crate::tests::{TWO, a_file};

const SPRING: &str = "id: spring, title: Spring, percent: 15, skus: [full], \
                      from: 2026-03-01, until: 2026-05-31";

fn with(promotions: &str) -> Result<Whole, Findings> {
    read(a_file(&format!("{TWO}promotions:\n{promotions}")).as_bytes(), None)
}

#[test]
fn pro_1_promotions_are_read_with_what_they_are_for() {
    let narrow =
        format!("  - {{{SPRING}, markets: [DE, XK], segments: [COMMERCIAL], terms: [P1Y]}}\n");
    let promotion = &with(&narrow).unwrap().promotions[&PromotionId("spring".to_owned())];
    assert_eq!((promotion.percent, promotion.title.as_str()), (15, "Spring"));
    assert_eq!(promotion.skus, [SkuId("full".to_owned())].into());
    assert_eq!(promotion.markets.len(), 2);
    assert_eq!(promotion.segments, [Segment::Commercial].into());
    assert_eq!(promotion.terms, [TermLength::OneYear].into());
    assert_eq!(promotion.from.to_string(), "2026-03-01");
    assert_eq!(promotion.until.to_string(), "2026-05-31");

    let wide = with(&format!("  - {{{SPRING}}}\n")).unwrap();
    let wide = &wide.promotions[&PromotionId("spring".to_owned())];
    assert!(wide.markets.is_empty() && wide.segments.is_empty() && wide.terms.is_empty());
}

#[rstest]
#[case::pro_1_nothing(
    "percent: 15",
    "percent: 0",
    "column 42: percent must be a whole number from 1 to 100"
)]
#[case::pro_1_more_than_all("percent: 15", "percent: 101", "column 42: percent must be")]
#[case::pro_1_half_a_percent("percent: 15", "percent: 1.5", "column 42: percent must be")]
#[case::pro_1_a_dangling_sku(
    "skus: [full]",
    "skus: [fuller]",
    "column 53: there is no SKU fuller in this file"
)]
#[case::pro_1_no_sku("skus: [full]", "skus: []", "column 52: skus must name at least one SKU")]
#[case::pro_1_one_scalar("skus: [full]", "skus: full", "column 52: skus must be a list")]
#[case::pro_2_days_reversed(
    "until: 2026-05-31",
    "until: 2026-02-28",
    "column 85: until 2026-02-28 lies before from 2026-03-01"
)]
#[case::pro_2_an_instant(
    "from: 2026-03-01",
    "from: 2026-03-01T00:00:00Z",
    "column 66: \"2026-03-01T00:00:00Z\" is no day"
)]
#[case::pro_2_no_end("until: 2026-05-31", "title2: x", "a promotion has no key title2")]
#[case::pro_2_an_unlisted_market(
    "id: spring",
    "markets: [FR], id: spring",
    "FR is not listed under markets"
)]
#[case::pro_2_an_unknown_segment(
    "id: spring",
    "segments: [ALL], id: spring",
    "\"ALL\" is not a Segment"
)]
#[case::pro_2_an_unknown_term(
    "id: spring",
    "terms: [P2Y], id: spring",
    "\"P2Y\" is not a TermLength"
)]
#[case::an_id_with_a_blank("id: spring", "id: in spring", "\"in spring\" is no id")]
fn a_broken_promotion_is_told(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
    let broken = format!("  - {{{}}}\n", SPRING.replacen(from, to, 1));
    let findings = with(&broken).unwrap_err();
    let found: Vec<_> = findings.iter().map(|one| format!("{}: {}", one.place, one.what)).collect();
    assert!(found.iter().any(|one| one.contains(expected)), "{found:?}");
}

#[test]
fn a_promotion_twice_is_told() {
    let findings = with(&format!("  - {{{SPRING}}}\n  - {{{SPRING}}}\n")).unwrap_err();
    assert!(findings.first.what.contains("spring is a promotion of this file already"));
}
