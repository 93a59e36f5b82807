//! Where the key comes from that signs checkpoints: from the configuration, or from the first start;
//! and those that signed before, from the configuration alone.

use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use db::Db;

use crate::{
    config::Config,
    domain::{Keyring, Signer, VerifyingKey},
    store,
};

/// What stands before the 32 bytes of an Ed25519 public key in a PEM file (RFC 8410).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// Returns the keys of this log.
///
/// # Errors
///
/// If a key or the origin is of no use, or the database fails.
pub async fn keyring(config: &Config, db: &Db) -> anyhow::Result<Keyring> {
    let Config { origin, signing_key, retired_keys, .. } = config;
    ensure!(
        !origin.is_empty() && !origin.contains(char::is_control),
        "origin must be one line of text"
    );
    let pem = if signing_key.is_empty() { kept(db).await? } else { configured(signing_key)? };
    let signer = Signer::from_pem(&pem, origin).context("signing_key")?;
    let retired = retired_keys.iter().map(|text| {
        let key = public_key(text).and_then(|key| VerifyingKey::new(origin, &key));
        key.with_context(|| {
            format!("retired_keys: {text} is no Ed25519 public key, or no such file")
        })
    });
    let keyring = Keyring { signer, retired: retired.collect::<anyhow::Result<_>>()? };
    warn_of_strangers(&keyring, db).await?;
    Ok(keyring)
}

/// A head whose key is not known counts as forged: better said at the start than found at the next
/// check.
async fn warn_of_strangers(keyring: &Keyring, db: &Db) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let signed = store::checkpoints::sizes(&mut tx).await?;
    tx.commit().await?;
    for key_id in signed.keys().filter(|id| keyring.keys().all(|key| key.key_id() != **id)) {
        tracing::warn!(
            key_id,
            "checkpoints were signed by a key that is neither signing_key nor one of retired_keys"
        );
    }
    Ok(())
}

/// Reads 32 bytes in base64, as `ListSigningKeys` shows them, or PEM, as text or from a file.
fn public_key(text_or_path: &str) -> Option<Vec<u8>> {
    if let Some(key) = STANDARD.decode(text_or_path).ok().filter(|key| key.len() == 32) {
        return Some(key);
    }
    let pem = configured(text_or_path).ok()?;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body.trim()).ok()?;
    der.strip_prefix(&SPKI_PREFIX).map(<[u8]>::to_vec)
}

fn configured(text_or_path: &str) -> anyhow::Result<String> {
    if text_or_path.contains("-----BEGIN") {
        return Ok(text_or_path.to_owned());
    }
    std::fs::read_to_string(text_or_path)
        .with_context(|| format!("signing_key: {text_or_path} cannot be read"))
}

async fn kept(db: &Db) -> anyhow::Result<String> {
    let new = access::generate_key_pair()?;
    let mut tx = db.begin().await?;
    let pem = store::signing_key::keep(&mut tx, &new.private_pem).await?;
    tx.commit().await?;
    Ok(pem)
}
