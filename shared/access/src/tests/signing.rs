//! Tokens of our own making are believed by us, for as long as they say.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan};
use proto::common::Role;
use rpc::{Classify, Kind};
use rstest::rstest;
use testkit::noon;

use super::{CUSTOMER, OURS, P256, PARTNER, signer, verifier};
use crate::{AccessError, Claims, ServiceToken, Signer, generate_key_pair};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[rstest]
#[case::partner(Claims::partner("alex", PARTNER, [Role::AdminAgent, Role::SalesAgent]))]
#[case::customer(Claims::customer("kim", CUSTOMER))]
#[case::operator(Claims::operator("ops"))]
#[case::service(Claims::service("order"))]
fn what_is_signed_is_read(#[case] claims: Claims) {
    let token = signer().sign(&claims, noon(), HOUR).unwrap();
    assert_eq!(verifier().verify(&token, noon()), Ok(claims));
}

#[test]
fn a_token_names_its_key() {
    let token = signer().sign(&Claims::service("order"), noon(), HOUR).unwrap();
    assert_eq!(jsonwebtoken::decode_header(token).unwrap().kid.as_deref(), Some("2026-01"));
}

#[test]
fn a_lifetime_past_the_end_of_time_is_not_signed() {
    let signed = signer().sign(&Claims::service("order"), Timestamp::MAX, HOUR);
    let error = signed.unwrap_err();
    assert!(matches!(error, AccessError::Unsigned { .. }), "{error}");
    assert_eq!((error.kind(), error.reason()), (Kind::Internal, "INTERNAL"));
}

#[rstest]
#[case::public_half(&OURS.public_pem)]
#[case::another_kind(&P256.1)]
#[case::no_key("secret")]
fn a_signer_needs_a_private_key(#[case] pem: &str) {
    let error = Signer::from_pem(pem, "i", "a", "k").unwrap_err();
    assert!(error.to_string().contains("Ed25519 private key"), "{error}");
}

#[test]
fn private_keys_are_not_printed() {
    let pair = generate_key_pair().unwrap();
    let secret = pair.private_pem.lines().nth(1).unwrap();
    let signer = Signer::from_pem(&pair.private_pem, "i", "a", "k").unwrap();
    assert!(!format!("{pair:?} {signer:?}").contains(secret));
    assert_ne!(pair, generate_key_pair().unwrap());
}

/// It is renewed at half of its five minutes, and when the clock was set back.
#[rstest]
#[case::at_once(0, true)]
#[case::before_half(149_999, true)]
#[case::at_half(150_000, false)]
#[case::clock_set_back(-1, false)]
fn a_service_token_is_kept(#[case] millis: i64, #[case] is_kept: bool) {
    let tokens = ServiceToken::new(Arc::new(signer()), "order");
    let first = tokens.bearer(noon()).unwrap();
    let kept = tokens.bearer(noon() + millis.milliseconds()).unwrap();
    assert_eq!(kept == first, is_kept);

    let token = kept.to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
    let claims = verifier().verify(&token, noon() + millis.milliseconds()).unwrap();
    assert_eq!(claims, Claims::service("order"));
    assert_eq!(format!("{kept:?}"), "Sensitive");
}
