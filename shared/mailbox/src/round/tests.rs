//! Rounds without a database.

use std::{sync::Mutex, time::Duration};

use jiff::SignedDuration;
use rstest::rstest;
use testkit::noon;
use tokio::time::Instant;
use uuid::Uuid;
use vocab::MessageId;

use super::{Round, due_after, go};
use crate::{
    CarryError, Courier, Envelope, Outcome, batch::batches, outbox::Claimed, wire::outcomes,
};

fn claimed(number: u128, kind: &str, body_bytes: usize) -> Claimed {
    let envelope = Envelope {
        id: MessageId(Uuid::from_u128(number)),
        kind: kind.to_owned(),
        body: "x".repeat(body_bytes),
        traceparent: String::new(),
        sent_at: noon(),
    };
    Claimed { envelope, attempt_count: 0 }
}

const MIB: usize = 1 << 20;

#[rstest]
#[case::none(&[], vec![])]
#[case::of_one_kind(&[("a", 1), ("a", 1)], vec![vec![0, 1]])]
#[case::of_two_kinds(&[("a", 1), ("b", 1), ("a", 1)], vec![vec![0, 2], vec![1]])]
#[case::just_small_enough(&[("a", MIB - 1), ("a", 1), ("a", 0)], vec![vec![0, 1, 2]])]
#[case::just_too_large(&[("a", MIB - 1), ("a", 2), ("a", 1)], vec![vec![0], vec![1, 2]])]
#[case::one_that_is_too_large(&[("a", 1), ("a", 2 * MIB), ("a", 1)], vec![vec![0], vec![1], vec![2]])]
fn a_batch_is_of_one_kind_and_small(
    #[case] given: &[(&str, usize)],
    #[case] expected: Vec<Vec<u128>>,
) {
    let numbered = (0..).zip(given);
    let letters = numbered.map(|(number, (kind, size))| claimed(number, kind, *size)).collect();
    let found: Vec<Vec<u128>> = batches(letters)
        .into_iter()
        .map(|batch| batch.letters.iter().map(|it| it.envelope.id.0.as_u128()).collect())
        .collect();
    assert_eq!(found, expected);
}

#[rstest]
#[case::first(1, 100)]
#[case::second(2, 200)]
#[case::thirteenth(13, 409_600)]
#[case::fourteenth(14, 600_000)]
#[case::for_ever(u32::MAX, 600_000)]
fn each_try_waits_longer_up_to_a_bound(#[case] attempt: u32, #[case] millis: i64) {
    assert_eq!(due_after(attempt, noon()), noon() + SignedDuration::from_millis(millis));
}

/// Answers what it is told for one kind, takes everything else.
struct Told {
    kind: &'static str,
    answer: Option<Result<Vec<Outcome>, CarryError>>,
    kinds: Mutex<Vec<String>>,
}

impl Courier for Told {
    async fn carry(
        &self,
        _to: &str,
        kind: &str,
        batch: &[Envelope],
    ) -> Result<Vec<Outcome>, CarryError> {
        self.kinds.lock().unwrap().push(kind.to_owned());
        match &self.answer {
            _ if kind != self.kind => Ok(vec![Outcome::Taken; batch.len()]),
            Some(answer) => answer.clone(),
            None => std::future::pending().await,
        }
    }
}

async fn round(answer: Option<Result<Vec<Outcome>, CarryError>>) -> (Round, Vec<String>) {
    let told = Told { kind: "b", answer, kinds: Mutex::default() };
    let letters = vec![claimed(1, "a", 1), claimed(2, "b", 1), claimed(3, "c", 1)];
    let deadline = Instant::now() + Duration::from_secs(8);
    let round = go(&told, "order", letters, (noon(), deadline)).await;
    (round, told.kinds.into_inner().unwrap())
}

fn uuids(numbers: &[u128]) -> Vec<Uuid> {
    numbers.iter().copied().map(Uuid::from_u128).collect()
}

#[rstest]
#[case::unreachable(Some(Err(CarryError::Unreachable("gone".to_owned()))), "gone")]
#[case::silent(None, "no answer in time")]
#[tokio::test(start_paused = true)]
async fn one_who_is_down_is_not_asked_again(
    #[case] answer: Option<Result<Vec<Outcome>, CarryError>>,
    #[case] why: &str,
) {
    let (round, kinds) = round(answer).await;
    assert_eq!(kinds, ["a", "b"]);
    assert_eq!((round.taken, round.released), (uuids(&[1]), uuids(&[2, 3])));
    assert!(round.set_aside.is_empty());
    assert_eq!(round.failure, Some(CarryError::Unreachable(why.to_owned())));
}

#[rstest]
#[case::failed(Err(CarryError::Failed("internal error".to_owned())))]
#[case::too_few_outcomes(Ok(vec![]))]
#[case::too_many_outcomes(Ok(vec![Outcome::Taken; 2]))]
#[tokio::test(start_paused = true)]
async fn a_kind_that_fails_holds_up_no_other(#[case] answer: Result<Vec<Outcome>, CarryError>) {
    let (round, kinds) = round(Some(answer)).await;
    assert_eq!(kinds, ["a", "b", "c"]);
    assert_eq!((round.taken, round.released), (uuids(&[1, 3]), vec![]));
    assert_eq!(round.set_aside[0].due_at, Some(noon() + SignedDuration::from_millis(100)));
    assert_eq!(round.failure, None);
}

#[tokio::test]
async fn one_who_fails_at_everything_is_given_a_rest() {
    let failed = CarryError::Failed("internal error".to_owned());
    let told = Told { kind: "b", answer: Some(Err(failed.clone())), kinds: Mutex::default() };
    let letters = vec![claimed(1, "b", 1), claimed(2, "b", 1)];
    let deadline = Instant::now() + Duration::from_secs(8);
    let round = go(&told, "order", letters, (noon(), deadline)).await;
    assert_eq!((round.set_aside.len(), round.failure), (2, Some(failed)));
}

#[rstest]
#[case::in_any_order(&[(2, "no such order"), (1, "")], Ok(vec!["", "no such order"]))]
#[case::with_a_stranger(&[(1, ""), (3, "?"), (2, "")], Ok(vec!["", ""]))]
#[case::without_one(&[(2, "")], Err("the destination failed: no word of message 00000000-0000-0000-0000-000000000001"))]
fn outcomes_are_told_by_id(
    #[case] said: &[(u128, &str)],
    #[case] expected: Result<Vec<&str>, &str>,
) {
    let batch = [claimed(1, "a", 0).envelope, claimed(2, "a", 0).envelope];
    let said = said.iter().map(|(id, why)| (Uuid::from_u128(*id).to_string(), (*why).to_owned()));
    let outcome = |text: &&str| {
        if text.is_empty() { Outcome::Taken } else { Outcome::Refused((*text).to_owned()) }
    };
    let found = outcomes(&batch, said).map_err(|error| error.to_string());
    assert_eq!(found, expected.map(|all| all.iter().map(outcome).collect()).map_err(str::to_owned));
}
