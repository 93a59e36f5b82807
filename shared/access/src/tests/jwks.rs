//! A set of keys that changes while it is in use. The issuer is a list of answers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header::AUTHORIZATION;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp, ToSpan};
use jsonwebtoken::{Algorithm, Header, encode};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::{ManualClock, noon};
use tower::{Layer, ServiceExt, service_fn};

use super::{OURS, THEIRS, config, ed_key, payload, token};
use crate::{AuthConfig, FetchKeys, Fetching, KeyPair, Refusal, Table, Verifier, layer};

const LIST: &str = "/tenure.lifecycle.v1.SubscriptionService/ListSubscriptions";

/// An issuer that answers as it was told, the last answer ever after; `None` is no answer.
#[derive(Debug, Default)]
struct Issuer {
    answers: Mutex<VecDeque<Option<String>>>,
    asked: Mutex<usize>,
}

impl Issuer {
    fn answering(answers: impl IntoIterator<Item = Option<Value>>) -> Arc<Self> {
        let answers = answers.into_iter().map(|set| set.map(|set| set.to_string())).collect();
        Arc::new(Self { answers: Mutex::new(answers), asked: Mutex::default() })
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

impl FetchKeys for Issuer {
    fn fetch(&self) -> Fetching {
        *self.asked.lock().unwrap() += 1;
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
            .flatten();
        Box::pin(async move { answer.context("nobody is there") })
    }
}

/// A key as sets have it.
fn jwk(pair: &KeyPair, kid: &str) -> Value {
    let body: String = pair.private_pem.lines().filter(|line| !line.starts_with('-')).collect();
    let private = Ed25519KeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap();
    let x = URL_SAFE_NO_PAD.encode(private.public_key().as_ref());
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x})
}

fn for_encryption() -> Value {
    let mut key = jwk(&OURS, "1");
    key["use"] = json!("enc");
    key
}

fn set(keys: &[&Value]) -> Value {
    json!({"keys": keys})
}

fn verifier(issuer: &Arc<Issuer>, public_keys: &[&str]) -> Verifier {
    Verifier::with(&config(public_keys), Some(issuer.clone())).unwrap()
}

/// A token of theirs, whose header names a key.
fn named(kid: &str) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
    encode(&header, &payload(json!({})), &ed_key(&THEIRS)).unwrap()
}

/// Verifies as the door does: a set that may be old is fetched first.
async fn verify(verifier: &Verifier, token: &str, now: Timestamp) -> Result<(), Refusal> {
    if let Some(set) = verifier.to_fetch(token) {
        set.refresh(now).await;
    }
    verifier.verify(token, now).map(drop)
}

#[tokio::test]
async fn t_146_a_key_is_believed_once_it_is_in_the_set_and_no_more_when_it_is_out() {
    let (ours, theirs) = (jwk(&OURS, "1"), jwk(&THEIRS, "2"));
    let issuer =
        Issuer::answering([set(&[&ours]), set(&[&ours, &theirs]), set(&[&ours])].map(Some));
    let verifier = verifier(&issuer, &[]);
    assert_eq!(verify(&verifier, &token(json!({})), noon()).await, Ok(()));
    // It names no key, so nothing is fetched for it again.
    assert_eq!(issuer.asked(), 1);

    let announced = noon() + 30.seconds();
    assert_eq!(verify(&verifier, &named("2"), announced).await, Ok(()));
    assert_eq!(issuer.asked(), 2);
    assert_eq!(verify(&verifier, &named("2"), announced + 1.minutes()).await, Ok(()));
    assert_eq!(issuer.asked(), 2);

    let later = announced + 5.minutes();
    verifier.to_renew(later).unwrap().refresh(later).await;
    assert_eq!(verify(&verifier, &named("2"), later).await, Err(Refusal::BadSignature));
}

/// Whoever makes up names of keys does not make us call the issuer for each.
#[tokio::test]
async fn t_146_unknown_names_fetch_the_set_once_in_a_while() {
    let issuer = Issuer::answering([Some(set(&[&jwk(&OURS, "1")]))]);
    let verifier = verifier(&issuer, &[]);
    for (second, expected) in [(0, 1), (1, 1), (29, 1), (30, 2), (31, 2), (59, 2), (60, 3)] {
        let now = noon() + second.seconds();
        let refused = verify(&verifier, &named(&format!("made up {second}")), now).await;
        assert_eq!(refused, Err(Refusal::BadSignature));
        assert_eq!(issuer.asked(), expected, "after {second} s");
    }
}

/// To the millisecond, and whether the clock goes on or was set back.
#[rstest]
#[case::within_the_rest(29_999, 1)]
#[case::when_it_is_over(30_000, 2)]
#[case::set_back_within_it(-29_999, 1)]
#[case::set_back_beyond_it(-30_000, 2)]
#[tokio::test]
async fn t_146_a_set_rests_for_so_long(#[case] millis: i64, #[case] expected: usize) {
    let issuer = Issuer::answering([Some(set(&[&jwk(&OURS, "1")]))]);
    let verifier = verifier(&issuer, &[]);
    for now in [noon(), noon() + millis.milliseconds()] {
        let refused = verify(&verifier, &named("made up"), now).await;
        assert_eq!(refused, Err(Refusal::BadSignature));
    }
    assert_eq!(issuer.asked(), expected);
}

/// One of all who ask finds it too old, and the next one after a rest.
#[tokio::test]
async fn t_146_a_set_is_too_old_at_its_greatest_age() {
    let issuer = Issuer::answering([Some(set(&[&jwk(&OURS, "1")]))]);
    let verifier = verifier(&issuer, &[]);
    verify(&verifier, &token(json!({})), noon()).await.unwrap();
    for (millis, expected) in [
        (299_999, false),
        (300_000, true),
        (300_000, false),
        (329_999, false),
        (330_000, true),
        (330_001, false),
    ] {
        let found = verifier.to_renew(noon() + millis.milliseconds());
        assert_eq!(found.is_some(), expected, "after {millis} ms");
    }
}

#[rstest]
#[case::away(None)]
#[case::no_set(Some(json!("sorry")))]
#[case::empty(Some(set(&[])))]
#[case::nothing_for_signatures(Some(set(&[&json!({"kty": "oct", "k": "c2VjcmV0"}), &json!({"kty": "new"})])))]
#[case::for_encryption(Some(set(&[&for_encryption()])))]
#[tokio::test]
async fn t_146_what_cannot_be_fetched_leaves_the_keys_as_they_were(#[case] answer: Option<Value>) {
    let issuer = Issuer::answering([Some(set(&[&jwk(&THEIRS, "2")])), answer]);
    let verifier = verifier(&issuer, &[]);
    assert_eq!(verify(&verifier, &named("2"), noon()).await, Ok(()));
    let now = noon() + 6.minutes();
    let set = verifier.to_renew(now).unwrap();
    set.refresh(now).await;
    assert_eq!(issuer.asked(), 2);
    assert_eq!(verifier.verify(&named("2"), noon()).map(drop), Ok(()));
    // One of all who ask tries again, after a rest.
    assert!(verifier.to_renew(now + 29.seconds()).is_none());
    assert!(verifier.to_renew(now + 30.seconds()).is_some());
    assert!(verifier.to_renew(now + 30.seconds()).is_none());
}

/// The keys of the configuration vouch for the services' own tokens, whatever becomes of the set.
#[tokio::test]
async fn t_146_configured_keys_are_believed_without_the_set() {
    let issuer = Issuer::answering([None]);
    let verifier = verifier(&issuer, &[&OURS.public_pem]);
    assert_eq!(verify(&verifier, &token(json!({})), noon()).await, Ok(()));
    assert_eq!(verify(&verifier, &named("2"), noon()).await, Err(Refusal::BadSignature));
}

/// A name does not make a key of it, and another key of the set is not tried in its stead.
#[tokio::test]
async fn t_146_the_name_and_the_key_go_together() {
    let issuer = Issuer::answering([Some(set(&[&jwk(&OURS, "1"), &jwk(&THEIRS, "2")]))]);
    let verifier = verifier(&issuer, &[]);
    assert_eq!(verify(&verifier, &named("2"), noon()).await, Ok(()));
    assert_eq!(verify(&verifier, &named("1"), noon()).await, Err(Refusal::BadSignature));
    assert_eq!(verify(&verifier, &named(""), noon()).await, Ok(()));
}

/// At the door the first call with a new key waits for the set, and is let in.
#[tokio::test]
async fn t_146_the_first_call_with_a_new_key_is_let_in() {
    let issuer = Issuer::answering([Some(set(&[&jwk(&THEIRS, "2")]))]);
    let table = Arc::new(Table::read(proto::DESCRIPTORS).unwrap());
    let verifier = Arc::new(verifier(&issuer, &[&OURS.public_pem]));
    let door = layer(table, verifier, Arc::new(ManualClock::new(noon())), None);
    let inner = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new("in")) });
    let request = Request::builder().uri(format!("http://tenure{LIST}"));
    let request = request.header(AUTHORIZATION, format!("Bearer {}", named("2"))).body(()).unwrap();
    let answer = door.layer(inner).oneshot(request).await.unwrap();
    assert_eq!((*answer.body(), issuer.asked()), ("in", 1));
}

#[rstest]
#[case::the_least(1, 1)]
#[case::the_most(3_600, 86_400)]
fn t_146_bounds_are_inclusive(#[case] rest: i64, #[case] max_age: i64) {
    let config = AuthConfig {
        jwks_rest: SignedDuration::from_secs(rest),
        jwks_max_age: SignedDuration::from_secs(max_age),
        ..config(&[])
    };
    Verifier::with(&config, Some(Issuer::answering([None]))).unwrap();
}

#[rstest]
#[case::no_rest(0, 300, "auth.jwks_rest is 0s, and must be from 1s to 1h")]
#[case::too_long_a_rest(3601, 7200, "auth.jwks_rest is 1h 1s")]
#[case::older_than_it_gets(
    60,
    59,
    "auth.jwks_max_age is 59s, and must be from auth.jwks_rest to 24h"
)]
#[case::for_ever(60, 86_401, "auth.jwks_max_age is 24h 1s")]
fn t_146_how_often_has_bounds(#[case] rest: i64, #[case] max_age: i64, #[case] expected: &str) {
    let config = AuthConfig {
        jwks_rest: SignedDuration::from_secs(rest),
        jwks_max_age: SignedDuration::from_secs(max_age),
        ..config(&[])
    };
    let error = Verifier::with(&config, Some(Issuer::answering([None]))).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}
