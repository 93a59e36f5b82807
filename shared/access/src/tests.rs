//! An issuer with keys of every kind, a server that trusts it, and noon.

mod contract;
mod door;
mod jwks;
mod keys;
mod limits;
mod seldom;
mod signing;
mod tokens;
mod whole;

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use testkit::noon;
use uuid::Uuid;
use vocab::{CustomerId, PartnerId};

use crate::{AuthConfig, KeyPair, Signer, Verifier, generate_key_pair};

/// The issuer's Ed25519 keys.
static OURS: LazyLock<KeyPair> = LazyLock::new(|| generate_key_pair().unwrap());

/// Somebody else's.
static THEIRS: LazyLock<KeyPair> = LazyLock::new(|| generate_key_pair().unwrap());

/// The issuer's keys of the other kinds: what signs, and the public PEM.
static P256: LazyLock<(EncodingKey, String)> = LazyLock::new(|| {
    let scheme = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let private = EcdsaKeyPair::generate_pkcs8(scheme, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(scheme, private.as_ref()).unwrap();
    (EncodingKey::from_ec_der(private.as_ref()), public_pem(pair.public_key()))
});
static RSA: LazyLock<(EncodingKey, String)> = LazyLock::new(|| {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let pem = pem("PRIVATE KEY", private.as_ref());
    (EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(), public_pem(pair.public_key()))
});

fn public_pem<'k>(key: &impl AsDer<PublicKeyX509Der<'k>>) -> String {
    pem("PUBLIC KEY", key.as_der().unwrap().as_ref())
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn config(public_keys: &[&str]) -> AuthConfig {
    let public_keys = public_keys.iter().map(|&key| key.to_owned()).collect();
    AuthConfig { public_keys, ..AuthConfig::default() }
}

fn verifier() -> Verifier {
    Verifier::new(&config(&[&OURS.public_pem])).unwrap()
}

fn signer() -> Signer {
    let AuthConfig { issuer, audience, .. } = AuthConfig::default();
    Signer::from_pem(&OURS.private_pem, &issuer, &audience, "2026-01").unwrap()
}

const PARTNER: PartnerId = PartnerId(Uuid::from_u128(1));
const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(2));

/// A payload that is valid at noon for an hour, with `changes` merged into it; null removes.
fn payload(changes: Value) -> Value {
    let mut payload = json!({
        "sub": "alex", "iss": "https://tenure.dev/local", "aud": "tenure",
        "iat": noon().as_second(), "nbf": noon().as_second(), "exp": noon().as_second() + 3600,
        "roles": ["ADMIN_AGENT"], "partner": PARTNER,
    });
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    payload.as_object_mut().unwrap().extend(changes);
    payload.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    payload
}

fn ed_key(pair: &KeyPair) -> EncodingKey {
    EncodingKey::from_ed_pem(pair.private_pem.as_bytes()).unwrap()
}

/// A token that the issuer signs, whatever it says.
fn token(changes: Value) -> String {
    encode(&Header::new(Algorithm::EdDSA), &payload(changes), &ed_key(&OURS)).unwrap()
}
