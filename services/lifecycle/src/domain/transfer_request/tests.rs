//! What a request for a transfer can become.

use rstest::rstest;
use uuid::Uuid;

use super::*;
use crate::domain::tests::{instant, no};

fn requested() -> Transfer {
    let wanted = TransferWanted {
        customer: CustomerId(Uuid::from_u128(2)),
        customer_email: "it@customer.example".to_owned(),
        source: PartnerId(Uuid::from_u128(3)),
    };
    let (id, target) = (TransferId(Uuid::from_u128(4)), PartnerId(Uuid::from_u128(5)));
    Transfer::requested(id, wanted, (target, None), instant("2026-01-10T12:00:00Z"))
}

/// It is answered once (TRF-1).
#[rstest]
#[case::trf_1_submitted(|it: &Transfer, now| it.submitted(vec![], now), TransferState::Submitted)]
#[case::trf_1_declined(|it: &Transfer, now| it.declined(now), TransferState::Declined)]
#[case::trf_1_taken_back(|it: &Transfer, now| it.cancelled(now), TransferState::Cancelled)]
fn an_answer(
    #[case] answer: fn(&Transfer, Timestamp) -> Result<Transfer, Rejection>,
    #[case] expected: TransferState,
) {
    let (asked, now) = (requested(), instant("2026-01-11T12:00:00Z"));
    let answered = answer(&asked, now).unwrap();
    assert_eq!((answered.state, answered.version), (expected, 2));
    let is_over = expected != TransferState::Submitted;
    assert_eq!(answered.ended_at, is_over.then_some(now));
    assert_eq!(answered.submitted_at, (!is_over).then_some(now));
    for again in [answered.submitted(vec![], now), answered.declined(now), answered.cancelled(now)]
    {
        assert_eq!(no(again), ("TRANSFER_CLOSED", "TRF-1"));
    }
}
