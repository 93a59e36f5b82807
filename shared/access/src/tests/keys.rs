//! Which configurations a server starts with.

use std::fs;

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use jiff::SignedDuration;
use rstest::rstest;

use super::{OURS, config, public_pem};
use crate::{AuthConfig, Verifier};

/// A curve that ES256 does not go with.
fn p384() -> String {
    let scheme = &ECDSA_P384_SHA384_FIXED_SIGNING;
    public_pem(EcdsaKeyPair::generate(scheme).unwrap().public_key())
}

#[rstest]
#[case::no_key(config(&[]), "auth.public_keys is empty")]
#[case::a_private_key(config(&[&OURS.private_pem]), "private keys stay with whoever signs")]
#[case::no_pem_in_it(config(&["-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"]), "none of Ed25519, P-256 and RSA")]
#[case::another_curve(config(&[&p384()]), "the key is not valid for ES256")]
#[case::a_certificate(config(&["-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"]), "BEGIN PUBLIC KEY is needed")]
#[case::no_file(config(&["/nowhere/key.pem"]), "the public key /nowhere/key.pem cannot be read")]
#[case::no_issuer(AuthConfig { issuer: String::new(), ..config(&[&OURS.public_pem]) }, "auth.issuer is empty")]
#[case::no_audience(AuthConfig { audience: String::new(), ..config(&[&OURS.public_pem]) }, "auth.audience is empty")]
#[case::too_much_leeway(AuthConfig { leeway: SignedDuration::from_secs(301), ..config(&[&OURS.public_pem]) }, "auth.leeway is 5m 1s, and must be from 0s to 5m")]
#[case::a_set_that_nobody_fetches(AuthConfig { jwks: "keys.json".to_owned(), ..config(&[&OURS.public_pem]) }, "auth.jwks is set, and nobody fetches it")]
#[case::negative_leeway(AuthConfig { leeway: SignedDuration::from_secs(-1), ..config(&[&OURS.public_pem]) }, "auth.leeway is 1s ago")]
fn a_verifier_that_could_not_verify_does_not_start(
    #[case] config: AuthConfig,
    #[case] expected: &str,
) {
    let error = format!("{:#}", Verifier::new(&config).unwrap_err());
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_key_may_be_a_file() {
    let path = std::env::temp_dir().join(format!("tenure-access-{}.pem", std::process::id()));
    fs::write(&path, &OURS.public_pem).unwrap();
    let read = Verifier::new(&config(&[path.to_str().unwrap()]));
    fs::remove_file(&path).unwrap();
    read.unwrap();
}

#[rstest]
#[case::nothing("{}", Ok(AuthConfig::default()))]
#[case::everything(
    r#"{"issuer": "https://id.example", "audience": "a", "public_keys": ["k"], "leeway": "1m",
        "jwks": "keys.json", "jwks_authorities": "ca.pem", "jwks_rest": "2s", "jwks_max_age": "1h"}"#,
    Ok(AuthConfig {
        issuer: "https://id.example".to_owned(),
        audience: "a".to_owned(),
        public_keys: vec!["k".to_owned()],
        jwks: "keys.json".to_owned(),
        jwks_authorities: "ca.pem".to_owned(),
        jwks_rest: SignedDuration::from_secs(2),
        jwks_max_age: SignedDuration::from_hours(1),
        leeway: SignedDuration::from_mins(1),
    }),
)]
#[case::a_slip(r#"{"public_key": []}"#, Err("unknown field `public_key`"))]
fn configuration_is_read(#[case] text: &str, #[case] expected: Result<AuthConfig, &str>) {
    match (serde_json::from_str::<AuthConfig>(text), expected) {
        (Ok(read), Ok(expected)) => assert_eq!(read, expected),
        (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
        (read, expected) => panic!("{read:?} instead of {expected:?}"),
    }
}
