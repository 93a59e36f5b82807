//! An issuer's set of keys: whatever it holds, it is taken whole or leaves everything as it was.
#![no_main]

use std::sync::{Arc, LazyLock};

use access::{AuthConfig, FetchKeys, Fetching, KeyPair, KeySet, Verifier, generate_key_pair};
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;

/// An issuer that is away: sets are handed over here.
#[derive(Debug)]
struct Away;

impl FetchKeys for Away {
    fn fetch(&self) -> Fetching {
        Box::pin(std::future::pending())
    }
}

/// What believes tokens of one other key besides.
static DOOR: LazyLock<(Verifier, Arc<KeySet>)> = LazyLock::new(|| {
    let KeyPair { public_pem, .. } = generate_key_pair().unwrap();
    let config = AuthConfig { public_keys: vec![public_pem], ..AuthConfig::default() };
    let verifier = Verifier::with(&config, Some(Arc::new(Away))).unwrap();
    let set = verifier.key_set().unwrap().clone();
    (verifier, set)
});

/// Signed by nobody.
const FORGED: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fuzz_target!(|data: &[u8]| {
    let (verifier, set) = &*DOOR;
    let Ok(text) = str::from_utf8(data) else { return };
    drop(set.take(text, Timestamp::UNIX_EPOCH));
    assert!(verifier.verify(FORGED, Timestamp::UNIX_EPOCH).is_err());
    let fresh = KeySet::new(Arc::new(Away), SignedDuration::ZERO, SignedDuration::ZERO);
    let once = fresh.take(text, Timestamp::UNIX_EPOCH).is_ok();
    assert_eq!(fresh.take(text, Timestamp::UNIX_EPOCH).is_ok(), once);
});
