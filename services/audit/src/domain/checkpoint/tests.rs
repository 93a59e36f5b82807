//! What a signature covers, and that others can verify it without us.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use rstest::rstest;

use super::{Checkpoint, Signer, SignerError};
use crate::{
    domain::{Frontier, Hash},
    tests::a_key,
};

fn signer(origin: &str) -> Signer {
    Signer::from_pem(&a_key(), origin).unwrap()
}

fn tree() -> Frontier {
    [Hash([1; 32]), Hash([2; 32]), Hash([3; 32])].into_iter().collect()
}

#[test]
fn aud_4_anybody_can_verify_the_text() {
    let signer = signer("log.example/audit");
    let checkpoint = signer.sign(&tree(), testkit::noon()).unwrap();

    let text = checkpoint.text("log.example/audit");
    let lines: Vec<_> = text.split('\n').collect();
    let root = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, tree().root().0);
    assert_eq!(lines, ["log.example/audit", "3", &root, "signed 2026-01-10T12:00:00Z", ""]);
    let key = UnparsedPublicKey::new(&ED25519, signer.key().public_key());
    key.verify(text.as_bytes(), &checkpoint.signature).unwrap();
}

#[rstest]
#[case::aud_4_as_it_was(|_: &mut Checkpoint| {}, true)]
#[case::aud_4_size(|checkpoint: &mut Checkpoint| checkpoint.size += 1, false)]
#[case::aud_4_root(|checkpoint: &mut Checkpoint| checkpoint.root.0[31] ^= 1, false)]
#[case::aud_4_instant(
    |checkpoint: &mut Checkpoint| checkpoint.signed_at += jiff::SignedDuration::from_millis(1),
    false
)]
#[case::aud_4_signature(|checkpoint: &mut Checkpoint| checkpoint.signature[0] ^= 1, false)]
#[case::aud_4_no_signature(|checkpoint: &mut Checkpoint| checkpoint.signature.clear(), false)]
fn a_signature_covers_it_all(#[case] change: fn(&mut Checkpoint), #[case] expected: bool) {
    let signer = signer("log");
    let mut checkpoint = signer.sign(&tree(), testkit::noon()).unwrap();
    change(&mut checkpoint);
    assert_eq!(signer.key().has_signed(&checkpoint), expected);
}

#[test]
fn aud_4_another_log_or_key_is_another_signer() {
    let one = signer("one");
    let checkpoint = one.sign(&tree(), testkit::noon()).unwrap();
    for other in [signer("one"), Signer::from_pem(&a_key(), "two").unwrap()] {
        assert!(!other.key().has_signed(&checkpoint));
        assert_ne!(other.key().key_id(), one.key().key_id());
    }
}

#[rstest]
#[case::nothing("")]
#[case::a_public_key("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n")]
#[case::no_base64("-----BEGIN PRIVATE KEY-----\n???\n-----END PRIVATE KEY-----\n")]
fn what_is_no_key_is_refused(#[case] pem: &str) {
    assert_eq!(Signer::from_pem(pem, "log").unwrap_err(), SignerError::NotAKey);
}

#[test]
fn a_signer_does_not_print_its_key() {
    let pem = a_key();
    let shown = format!("{:?}", Signer::from_pem(&pem, "log").unwrap());
    assert!(shown.contains("key_id") && !shown.contains("pair"), "{shown}");
}
