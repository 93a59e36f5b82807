//! What an order becomes by what lifecycle says of its lines.

use rstest::rstest;
use vocab::Offer;

use super::super::OrderState;
use super::super::tests::{a_perpetual, a_suite, an_offer, an_order, line_id};
use super::*;
use LineOutcome::{Cancelled, Refused, Started};

fn refused() -> LineOutcome {
    Refused(Failure {
        reason: "SEAT_LIMIT".to_owned(),
        rule: "CAT-9".to_owned(),
        message: "too many".to_owned(),
        metadata: BTreeMap::new(),
    })
}

fn offers() -> [Offer; 3] {
    [an_offer("a"), a_perpetual("b"), a_suite("c")]
}

fn processing() -> Order {
    an_order(&offers().map(|offer| (offer, LineState::Processing)))
}

fn told(order: &Order, outcomes: &[(u128, LineOutcome)]) -> Order {
    let outcomes = outcomes.iter().map(|(line, said)| (line_id(*line), said.clone())).collect();
    record(order, &outcomes).unwrap()
}

#[rstest]
#[case::his_2_nothing_yet(&[], OrderState::Processing)]
#[case::his_2_some_started(&[(1, Started)], OrderState::Processing)]
#[case::ord_11_all_started(&[(1, Started), (2, Started), (3, Started)], OrderState::Fulfilled)]
#[case::ord_11_one_refused(&[(1, refused()), (2, refused()), (3, refused())], OrderState::Failed)]
#[case::can_11_one_cancelled(&[(1, Started), (2, Cancelled), (3, Started)], OrderState::Completed)]
#[case::can_11_all_cancelled(
    &[(1, Cancelled), (2, Cancelled), (3, Cancelled)], OrderState::Cancelled
)]
fn an_order_stands_where_its_lines_stand(
    #[case] outcomes: &[(u128, LineOutcome)],
    #[case] expected: OrderState,
) {
    assert_eq!(told(&processing(), outcomes).state(), expected);
}

#[test]
fn trp_54_a_cancelled_line_leaves_the_order_completed() {
    let fulfilled = told(&processing(), &[(1, Started), (2, Started), (3, Started)]);
    let order = told(&fulfilled, &[(2, Cancelled)]);
    assert_eq!(order.state(), OrderState::Completed);
    let quantities: Vec<_> = order.lines.iter().map(|line| line.quantity).collect();
    assert_eq!(quantities, [10, 0, 10]);
    assert_eq!(order.totals(), fulfilled.totals());
}

#[rstest]
#[case::can_11_a_late_start_revives_nothing(&[(1, Cancelled)], &[(1, Started)])]
#[case::can_11_a_late_refusal_neither(&[(1, Cancelled)], &[(1, refused())])]
#[case::ord_11_a_second_start(&[(1, Started)], &[(1, Started)])]
#[case::ord_11_a_refused_line_does_not_start(&[(1, refused())], &[(1, Started)])]
#[case::can_11_a_refused_line_is_not_cancelled(&[(1, refused())], &[(1, Cancelled)])]
fn letters_come_in_any_order(
    #[case] first: &[(u128, LineOutcome)],
    #[case] then: &[(u128, LineOutcome)],
) {
    let before = told(&processing(), first);
    assert_eq!(told(&before, then).lines, before.lines);
}

#[test]
fn a_line_of_another_order_is_refused() {
    let foreign = BTreeMap::from([(line_id(9), Started)]);
    assert_eq!(record(&processing(), &foreign), Err(line_id(9)));
}
