//! What the door refuses at the log's own methods. That it hands it over, the journeys show.

use access::{Attempt, RecordRefusal};
use jiff::SignedDuration;
use rstest::rstest;
use testkit::{Backend, noon};

use super::{House, PARTNER};
use crate::{app::Refusals, domain::Outcome};

const ERASE: &str = "/tenure.audit.v1.AuditService/ErasePersonalData";

fn attempt(subject: &str) -> Attempt {
    Attempt {
        path: ERASE.to_owned(),
        subject: subject.to_owned(),
        partner: Some(PARTNER),
        customer: None,
        reason: "ROLE_REQUIRED",
    }
}

/// It is in the log as soon as it is recorded, once a minute, and is no erasure.
#[rstest]
#[tokio::test]
async fn t_151_the_log_has_what_its_own_door_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 3).await;
    let refusals = Refusals::new(house.app.clone());
    for _ in 0..3 {
        refusals.record(attempt("eve")).await;
    }
    house.clock.advance(SignedDuration::from_mins(1));
    refusals.record(attempt("eve")).await;
    refusals.record(attempt("mallory")).await;

    let entries = house.entries().await.split_off(3);
    let told: Vec<_> = entries
        .iter()
        .map(|logged| (&*logged.entry.actor, logged.entry.details.get("same_left_out").cloned()))
        .collect();
    assert_eq!(told, [("eve", None), ("eve", Some("2".to_owned())), ("mallory", None)]);
    let first = &entries[0].entry;
    assert_eq!((&*first.service, &*first.action), ("audit", "ErasePersonalData"));
    assert_eq!((first.outcome, &*first.reason), (Outcome::Refused, "ROLE_REQUIRED"));
    assert_eq!((first.partner, first.occurred_at), (Some(PARTNER), noon()));
    assert_eq!(house.verify().await.finding, None);
    assert_eq!(house.verify_elsewhere(None).await.finding, None);
}
