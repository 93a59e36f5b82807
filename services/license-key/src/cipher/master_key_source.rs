//! Where the master key comes from: the configuration, a file, or, on an embedded database alone, a
//! file that is made beside it.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{CipherError, Keepers, MasterKey};

/// Where the master key comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum MasterKeySource {
    /// The key itself, or the path of a file that holds it.
    Configured(Zeroizing<String>),
    /// A file beside an embedded database, made when there is nothing yet that it could open.
    Beside(PathBuf),
    /// Nowhere.
    Missing,
}

impl fmt::Debug for MasterKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured(_) => f.write_str("Configured(..)"),
            Self::Beside(path) => f.debug_tuple("Beside").field(path).finish(),
            Self::Missing => f.write_str("Missing"),
        }
    }
}

impl MasterKeySource {
    /// Returns the source that the configuration means: `master_key` if it is set; else a file beside
    /// the database if `db_url` is that of an embedded one; else none, for several processes must not
    /// each make their own.
    pub fn of(master_key: &str, db_url: &str) -> Self {
        match db_url.strip_prefix("sqlite:") {
            _ if !master_key.is_empty() => Self::Configured(Zeroizing::new(master_key.to_owned())),
            Some(path) => Self::Beside(
                format!("{}.master-key", path.strip_prefix("//").unwrap_or(path)).into(),
            ),
            None => Self::Missing,
        }
    }

    /// Returns the key; makes one only where `may_make` says that nothing was encrypted yet.
    ///
    /// # Errors
    ///
    /// [`CipherError`] if there is none, or what there is is none.
    pub fn key(&self, may_make: bool) -> Result<MasterKey, CipherError> {
        match self {
            Self::Configured(text_or_path) => configured(text_or_path),
            Self::Beside(path) if path.exists() => from_file(path),
            Self::Beside(path) if may_make => {
                make(path)?;
                from_file(path)
            }
            Self::Beside(path) => Err(CipherError::MasterKeyLost { path: path.clone() }),
            Self::Missing => Err(CipherError::NoMasterKey),
        }
    }
}

fn configured(text_or_path: &str) -> Result<MasterKey, CipherError> {
    if let Some(key) = MasterKey::read(text_or_path)? {
        return Ok(key);
    }
    let path = Path::new(text_or_path);
    if path.exists() {
        return from_file(path);
    }
    // It may be a key with a typing error, so it is not repeated.
    Err(CipherError::BadMasterKey {
        from: "master_key, which is no file's path either,".to_owned(),
    })
}

fn from_file(path: &Path) -> Result<MasterKey, CipherError> {
    let text = fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|source| CipherError::MasterKeyFile { path: path.to_owned(), source })?;
    MasterKey::read(&text)?
        .ok_or_else(|| CipherError::BadMasterKey { from: path.display().to_string() })
}

/// Writes a new key where only its owner can read it; it is on the disk before anything needs it.
fn make(path: &Path) -> Result<(), CipherError> {
    let text = MasterKey::generate()?;
    write_whole(path, &text)
        .map_err(|source| CipherError::MasterKeyFile { path: path.to_owned(), source })?;
    tracing::warn!(
        path = %path.display(),
        "made a master key for the product keys: whoever loses the file loses the keys"
    );
    Ok(())
}

/// A crash leaves the whole file or none. Of two processes that start at once one writes it, and the
/// other's is not put over it.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension(format!("master-key-draft-{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => fs::remove_file(&draft)?,
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Where the master key in use comes from, and those of before. Read anew each time, so that files may
/// be replaced while the process runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterKeys {
    /// The one in use.
    pub current: MasterKeySource,
    /// Those of before.
    pub former: Vec<MasterKeySource>,
}

impl MasterKeys {
    /// Returns the sources that the configuration means.
    pub fn of(master_key: &str, former: &[String], db_url: &str) -> Self {
        let configured = |text: &String| MasterKeySource::Configured(Zeroizing::new(text.clone()));
        Self {
            current: MasterKeySource::of(master_key, db_url),
            former: former.iter().map(configured).collect(),
        }
    }

    /// Reads the keys; makes one only where `may_make` says that nothing was encrypted yet.
    ///
    /// # Errors
    ///
    /// As [`MasterKeySource::key`].
    pub fn read(&self, may_make: bool) -> Result<Keepers, CipherError> {
        let current = Keepers::of(self.current.key(may_make)?);
        self.former.iter().try_fold(current, |all, source| Ok(all.and_former(source.key(false)?)))
    }
}
