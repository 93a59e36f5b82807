//! A bearer token: any text, or a header and claims of anybody's choosing under a good signature.
#![no_main]

use std::sync::LazyLock;

use access::{AuthConfig, KeyPair, Verifier, generate_key_pair};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

/// What believes tokens, and what signs them.
static DOOR: LazyLock<(Verifier, Ed25519KeyPair)> = LazyLock::new(|| {
    let KeyPair { private_pem, public_pem } = generate_key_pair().unwrap();
    let config = AuthConfig { public_keys: vec![public_pem], ..AuthConfig::default() };
    let der: String = private_pem.lines().filter(|line| !line.starts_with('-')).collect();
    let signer = Ed25519KeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    (Verifier::new(&config).unwrap(), signer)
});

// The first letter says which of the two; the header ends with the first line.
fuzz_target!(|data: &[u8]| {
    let (verifier, signer) = &*DOOR;
    let Some((b's', rest)) = data.split_first() else {
        assert!(verifier.verify(&String::from_utf8_lossy(data), Timestamp::UNIX_EPOCH).is_err());
        return;
    };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (header, payload) = rest.split_at(end);
    let payload = payload.get(1..).unwrap_or_default();
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(signer.sign(signed.as_bytes()));
    if let Ok(claims) = verifier.verify(&format!("{signed}.{signature}"), Timestamp::UNIX_EPOCH) {
        assert!((1..=255).contains(&claims.subject.len()));
    }
});
