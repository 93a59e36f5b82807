//! Medians, spreads and how numbers are shown.

use rstest::rstest;

use super::{Figure, Unit, grouped, per_second};

#[rstest]
#[case::one(&[7], 7, 0)]
#[case::three_in_any_order(&[30, 10, 20], 20, 100)]
#[case::of_four_the_greater_one(&[10, 20, 30, 40], 30, 100)]
#[case::nothing(&[], 0, 0)]
fn a_figure_is_its_median_and_its_spread(
    #[case] rounds: &[u64],
    #[case] median: u64,
    #[case] spread: u64,
) {
    let figure = Figure::new(Unit::PerSecond, rounds.to_vec());
    assert_eq!((figure.median(), figure.spread_percent()), (median, spread));
}

#[rstest]
#[case::half(50, 100, 50)]
#[case::rounded(2, 3, 67)]
#[case::no_baseline_is_not_divided_by(5, 0, 500)]
fn a_ratio_is_of_the_medians(#[case] ours: u64, #[case] baseline: u64, #[case] hundredths: u64) {
    let figure = |value| Figure::new(Unit::Micros, vec![value]);
    assert_eq!(figure(ours).hundredths_of(&figure(baseline)), hundredths);
}

#[rstest]
#[case::rates(Unit::PerSecond, 1_234_567, "1,234,567 (1,234,567–1,234,567) /s")]
#[case::times(Unit::Micros, 1_239, "1.23 (1.23–1.23) ms")]
#[case::memory(Unit::KibiBytes, 1_536, "1.5 (1.5–1.5) MiB")]
fn a_figure_is_shown_in_its_unit(#[case] unit: Unit, #[case] value: u64, #[case] shown: &str) {
    assert_eq!(Figure::new(unit, vec![value]).to_string(), shown);
}

#[test]
fn numbers_are_grouped_and_rates_are_whole() {
    assert_eq!([grouped(0), grouped(999), grouped(1_000)], ["0", "999", "1,000"]);
    assert_eq!((per_second(3, 2_000_000), per_second(1, 0)), (1, 1_000_000));
}
