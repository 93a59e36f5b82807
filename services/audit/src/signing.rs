//! Where the key comes from that signs checkpoints: from the configuration, or from the first start.

use anyhow::{Context, ensure};
use db::Db;

use crate::{config::Config, domain::Signer, store};

/// Returns the signer of this log.
///
/// # Errors
///
/// If the key or the origin is of no use, or the database fails.
pub async fn signer(config: &Config, db: &Db) -> anyhow::Result<Signer> {
    let Config { origin, signing_key, .. } = config;
    ensure!(
        !origin.is_empty() && !origin.contains(char::is_control),
        "origin must be one line of text"
    );
    let pem = if signing_key.is_empty() { kept(db).await? } else { configured(signing_key)? };
    Signer::from_pem(&pem, origin).context("signing_key")
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
