//! What keys are called, and which count.

use crate::{
    domain::{Frontier, Keyring, Signer, VerifyingKey},
    tests::a_key,
};

/// The vector of C2SP's signed-note: the key of `PeterNeumann` in golang.org/x/mod/sumdb/note.
#[test]
fn a_key_has_the_name_that_signed_notes_give_it() {
    let key = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    )
    .unwrap();
    let key = VerifyingKey::new("PeterNeumann", &key[1..]).unwrap();
    assert_eq!(key.key_id(), "c74f20a3");
}

#[test]
fn aud_4_what_a_retired_key_signed_counts_and_what_a_stranger_signed_does_not() {
    let [old, new, stranger] = [0; 3].map(|_| Signer::from_pem(&a_key(), "log").unwrap());
    let signed = |by: &Signer| by.sign(&Frontier::default(), testkit::noon()).unwrap();
    let (by_old, by_new, by_stranger) = (signed(&old), signed(&new), signed(&stranger));

    let keyring = Keyring { retired: vec![old.key().clone()], signer: new };

    assert!(keyring.has_signed(&by_old) && keyring.has_signed(&by_new));
    assert!(!keyring.has_signed(&by_stranger));
    assert_eq!(keyring.key_of(&by_old.key_id), old.key());
    let renamed = crate::domain::Checkpoint { key_id: by_new.key_id.clone(), ..by_old };
    assert!(!keyring.has_signed(&renamed));
}

#[test]
fn a_key_has_32_bytes() {
    assert_eq!(VerifyingKey::new("log", &[1; 31]), None);
}
