//! Which lines can be cancelled by order.

use rstest::rstest;
use vocab::Offer;

use super::super::tests::{a_perpetual, an_offer, an_order, line_id, words};
use super::*;
use LineState::{Cancelled, Failed, Fulfilled, Processing};

fn perpetual(state: LineState) -> (Offer, LineState) {
    (a_perpetual("p"), state)
}

fn subscription(state: LineState) -> (Offer, LineState) {
    (an_offer("s"), state)
}

#[rstest]
#[case::can_14_the_whole_order(vec![perpetual(Fulfilled), perpetual(Fulfilled)], &[], Ok(vec![1, 2]))]
#[case::can_11_one_line(vec![perpetual(Fulfilled), perpetual(Fulfilled)], &[2], Ok(vec![2]))]
#[case::can_14_whole_but_a_subscription(
    vec![perpetual(Fulfilled), subscription(Fulfilled)], &[], Err(("USE_CANCEL", "CAN-14"))
)]
#[case::can_14_a_line_beside_a_subscription(
    vec![perpetual(Fulfilled), subscription(Fulfilled)], &[1], Ok(vec![1])
)]
#[case::can_14_a_subscription_by_name(
    vec![perpetual(Fulfilled), subscription(Fulfilled)], &[2], Err(("USE_CANCEL", "CAN-14"))
)]
#[case::can_11_what_is_cancelled_is_left_out(
    vec![perpetual(Fulfilled), subscription(Cancelled)], &[], Ok(vec![1])
)]
#[case::can_12_nothing_is_left(
    vec![perpetual(Cancelled), subscription(Cancelled)], &[], Err(("NOT_ACTIVE", "CAN-12"))
)]
#[case::can_12_not_started_yet(vec![perpetual(Processing)], &[], Err(("NOT_ACTIVE", "CAN-12")))]
#[case::can_12_refused(vec![perpetual(Failed)], &[1], Err(("NOT_ACTIVE", "CAN-12")))]
fn lines_that_can_be_cancelled(
    #[case] lines: Vec<(Offer, LineState)>,
    #[case] named: &[u128],
    #[case] expected: Result<Vec<u128>, (&str, &str)>,
) {
    let named: Vec<_> = named.iter().map(|number| line_id(*number)).collect();
    let found = cancellable_lines(&an_order(&lines), &named);
    let expected = expected.map(|lines| lines.into_iter().map(line_id).collect::<Vec<_>>());
    assert_eq!(found.map_err(|why| words(&why)), expected);
}

#[rstest]
#[case::can_11_all(&[1, 2], OrderState::Cancelled)]
#[case::trp_54_one(&[2], OrderState::Completed)]
fn a_cancelled_order(#[case] lines: &[u128], #[case] expected: OrderState) {
    let order = an_order(&[perpetual(Fulfilled), perpetual(Fulfilled)]);
    let lines = lines.iter().map(|number| line_id(*number)).collect();
    let cancelled = mark_cancelled(&order, &lines);
    assert_eq!(cancelled.state(), expected);
    assert_eq!(cancelled.version, order.version + 1);
    assert_eq!(mark_cancelled(&cancelled, &lines).lines, cancelled.lines);
}

#[rstest]
#[case::d_6_what_runs(vec![perpetual(Fulfilled), perpetual(Fulfilled)], "windows-server", vec![1, 2])]
#[case::d_6_not_what_is_cancelled(
    vec![perpetual(Cancelled), perpetual(Fulfilled)], "windows-server", vec![2]
)]
#[case::d_6_nor_what_was_refused(vec![perpetual(Failed)], "windows-server", vec![])]
#[case::d_6_nor_what_is_being_started(vec![perpetual(Processing)], "windows-server", vec![])]
#[case::can_14_nor_a_subscription(vec![subscription(Fulfilled)], "windows-server", vec![])]
#[case::d_6_nor_another_product(vec![perpetual(Fulfilled)], "sql-server", vec![])]
fn lines_of_a_product(
    #[case] lines: Vec<(Offer, LineState)>,
    #[case] product: &str,
    #[case] expected: Vec<u128>,
) {
    let found = lines_of_product(&an_order(&lines), &ProductId(product.to_owned()));
    assert_eq!(found, expected.into_iter().map(line_id).collect::<Vec<_>>());
}
