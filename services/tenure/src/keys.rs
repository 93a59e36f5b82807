//! The secrets of a folder of `tenure up`: made at the first start, read ever after.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use access::{AuthConfig, KeyPair, generate_key_pair};
use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The secrets of one folder.
#[derive(Clone)]
pub struct Secrets {
    /// Signs tokens.
    pub private_key: String,
    /// Verifies tokens.
    pub public_key: String,
    /// Marks page tokens and previews.
    pub seal: String,
    /// Encrypts product keys.
    pub master_key: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(..)")
    }
}

impl Secrets {
    /// Makes secrets that nobody keeps.
    ///
    /// # Errors
    ///
    /// When the system has no random bytes.
    pub fn random() -> anyhow::Result<Self> {
        let KeyPair { private_pem, public_pem } = generate_key_pair()?;
        Ok(Self {
            private_key: private_pem,
            public_key: public_pem,
            seal: random_text()?,
            master_key: random_text()?,
        })
    }

    /// Reads the secrets of a folder, and makes those that are not there yet.
    ///
    /// # Errors
    ///
    /// A folder that cannot be written or read.
    pub fn of(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let private = folder.join("signing-key.pem");
        if !private.exists() {
            let pair = generate_key_pair()?;
            write_secret(&folder.join("public-key.pem"), &pair.public_pem)?;
            write_secret(&private, &pair.private_pem)?;
        }
        Ok(Self {
            private_key: read(&private)?,
            public_key: read(&folder.join("public-key.pem"))?,
            seal: read_or_make(&folder.join("seal-secret"))?,
            master_key: read_or_make(&folder.join("master-key"))?,
        })
    }

    /// Returns what verifies the tokens that these secrets sign.
    pub fn auth(&self) -> AuthConfig {
        AuthConfig { public_keys: vec![self.public_key.clone()], ..AuthConfig::default() }
    }
}

/// Returns the file that signs the tokens of a folder.
pub fn signing_key_of(folder: &Path) -> PathBuf {
    folder.join("signing-key.pem")
}

fn random_text() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    Ok(STANDARD.encode(bytes))
}

fn read_or_make(path: &Path) -> anyhow::Result<String> {
    if !path.exists() {
        write_secret(path, &random_text()?)?;
    }
    read(path)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file that its owner alone can read: whole, or not at all, for a half key would be taken
/// for one at the next start.
fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    let draft = path.with_extension("draft");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options
        .open(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&draft, path));
    written.with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests;
