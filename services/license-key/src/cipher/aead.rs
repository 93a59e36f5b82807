//! AES-256-GCM and HKDF-SHA256, in the one form in which they are used here.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroizing;

use super::CipherError;

/// The bytes of every secret here.
pub(super) const SECRET_BYTES: usize = 32;

/// The first byte of everything sealed: what follows is nonce, ciphertext and tag of AES-256-GCM.
const FORM: u8 = 1;

const HEAD_BYTES: usize = 1 + NONCE_LEN;

/// A secret that is wiped when it goes.
pub(super) type Secret = Zeroizing<[u8; SECRET_BYTES]>;

/// Returns random bytes.
pub(super) fn random() -> Result<Secret, CipherError> {
    let mut secret = Secret::default();
    aws_lc_rs::rand::fill(secret.as_mut_slice())
        .map_err(|_| CipherError::Library { at: "randomness" })?;
    Ok(secret)
}

/// Returns the secret for one use; from it, nothing is learned of `secret`, nor of those for others.
pub(super) fn derive(secret: &[u8], usage: &'static str) -> Result<Secret, CipherError> {
    struct SecretBytes;

    impl KeyType for SecretBytes {
        fn len(&self) -> usize {
            SECRET_BYTES
        }
    }

    let mut derived = Secret::default();
    Salt::new(HKDF_SHA256, &[])
        .extract(secret)
        .expand(&[usage.as_bytes()], SecretBytes)
        .and_then(|bytes| bytes.fill(derived.as_mut_slice()))
        .map_err(|_| CipherError::Library { at: "key derivation" })?;
    Ok(derived)
}

/// Returns the key of a secret.
#[expect(clippy::needless_pass_by_value, reason = "the secret is wiped here, for nobody needs it")]
pub(super) fn key(secret: Secret) -> Result<LessSafeKey, CipherError> {
    let key = UnboundKey::new(&AES_256_GCM, secret.as_slice());
    Ok(LessSafeKey::new(key.map_err(|_| CipherError::Library { at: "a key" })?))
}

/// Encrypts `text` so that it opens only with the same `bound_to`. The nonce is random: one key may
/// seal 2^32 texts.
pub(super) fn seal(
    key: &LessSafeKey,
    text: &[u8],
    bound_to: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let failed = |at| move |_| CipherError::Library { at };
    let mut nonce = [0; NONCE_LEN];
    aws_lc_rs::rand::fill(&mut nonce).map_err(failed("randomness"))?;
    // Holds the text until it is encrypted in place.
    let tag_bytes = key.algorithm().tag_len();
    let mut sealed = Zeroizing::new(Vec::with_capacity(HEAD_BYTES + text.len() + tag_bytes));
    sealed.push(FORM);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(text);
    let body = sealed.get_mut(HEAD_BYTES..).unwrap_or_default();
    let tag = key
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound_to), body)
        .map_err(failed("encryption"))?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(std::mem::take(&mut *sealed))
}

/// Decrypts what [`seal`] made with the same key and `bound_to`; `None` for anything else.
pub(super) fn open(
    key: &LessSafeKey,
    sealed: &[u8],
    bound_to: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (head, body) = sealed.split_at_checked(HEAD_BYTES)?;
    let (form, nonce) = head.split_first()?;
    if *form != FORM {
        return None;
    }
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(body.to_vec());
    let text_bytes = key.open_in_place(nonce, Aad::from(bound_to), &mut text).ok()?.len();
    text.truncate(text_bytes);
    Some(text)
}
