//! A public key that may vouch for tokens. Not here: private keys, which `sign` has.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    VerificationAlgorithm,
};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};

/// The signatures that are believed; no shared secret is among them.
pub(crate) const ALGORITHMS: [Algorithm; 3] =
    [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];

/// A public key, parsed once, and the one algorithm that it is used with.
///
/// A token cannot choose the algorithm: that its header names another one only means that this key
/// does not fit.
#[derive(Debug)]
pub(crate) struct PublicKey {
    /// What its issuer calls it; `None` for a key of the configuration.
    pub kid: Option<String>,
    pub algorithm: Algorithm,
    pub decoding: DecodingKey,
    pub validation: Validation,
}

impl PublicKey {
    /// Reads a key from PEM text, or from the file at that path.
    pub fn read(text_or_path: &str) -> Result<Self> {
        if text_or_path.contains("-----BEGIN") {
            return Self::parse(text_or_path);
        }
        let text = fs::read_to_string(text_or_path)
            .with_context(|| format!("the public key {text_or_path} cannot be read"))?;
        Self::parse(&text).with_context(|| format!("the public key {text_or_path} is of no use"))
    }

    fn parse(pem: &str) -> Result<Self> {
        ensure!(
            pem.contains("-----BEGIN PUBLIC KEY-----"),
            "a PEM text with BEGIN PUBLIC KEY is needed; private keys stay with whoever signs"
        );
        let pem = pem.as_bytes();
        if let Ok(key) = DecodingKey::from_ed_pem(pem) {
            Self::checked(Algorithm::EdDSA, &ED25519, key)
        } else if let Ok(key) = DecodingKey::from_ec_pem(pem) {
            Self::checked(Algorithm::ES256, &ECDSA_P256_SHA256_FIXED, key)
        } else if let Ok(key) = DecodingKey::from_rsa_pem(pem) {
            Self::checked(Algorithm::RS256, &RSA_PKCS1_2048_8192_SHA256, key)
        } else {
            bail!("the key is none of Ed25519, P-256 and RSA")
        }
    }

    /// Makes sure at start that the key can ever verify something.
    fn checked(
        algorithm: Algorithm,
        scheme: &'static dyn VerificationAlgorithm,
        decoding: DecodingKey,
    ) -> Result<Self> {
        ParsedPublicKey::new(scheme, decoding.try_get_as_bytes()?)
            .map_err(|_| anyhow::anyhow!("the key is not valid for {algorithm:?}"))?;
        Ok(Self { kid: None, algorithm, decoding, validation: signature_only(algorithm) })
    }

    /// Reads a key out of a set; `None` if it is not for signatures of ours.
    pub fn of_jwk(jwk: &Jwk) -> Option<Self> {
        if jwk.common.public_key_use.as_ref().is_some_and(|of| *of != PublicKeyUse::Signature) {
            return None;
        }
        let algorithm = algorithm_of(&jwk.algorithm)?;
        let said = jwk.common.key_algorithm.map(|said| said.to_string());
        if said.is_some_and(|said| said != format!("{algorithm:?}")) {
            return None;
        }
        let decoding = DecodingKey::from_jwk(jwk).ok()?;
        let kid = jwk.common.key_id.clone();
        Some(Self { kid, algorithm, decoding, validation: signature_only(algorithm) })
    }

    /// Whether the key may have signed a token that names this one; nothing is named by "".
    pub fn may_be(&self, kid: Option<&str>) -> bool {
        match (self.kid.as_deref(), kid.filter(|kid| !kid.is_empty())) {
            (Some(own), Some(named)) => own == named,
            (None, _) | (_, None) => true,
        }
    }
}

/// The list of kinds of keys may grow without our being asked.
fn algorithm_of(kind: &AlgorithmParameters) -> Option<Algorithm> {
    if let AlgorithmParameters::RSA(_) = kind {
        Some(Algorithm::RS256)
    } else if let AlgorithmParameters::EllipticCurve(key) = kind {
        (key.curve == EllipticCurve::P256).then_some(Algorithm::ES256)
    } else if let AlgorithmParameters::OctetKeyPair(key) = kind {
        (key.curve == EllipticCurve::Ed25519).then_some(Algorithm::EdDSA)
    } else {
        None
    }
}

/// Leaves the claims to us: jsonwebtoken would ask the machine for the time.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}
