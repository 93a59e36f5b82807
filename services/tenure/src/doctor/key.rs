//! Keys: whether they are there, whether others can read them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::finding::Finding;
use crate::cli::ServiceName;

/// What everybody on a machine may do with a file.
const OTHERS: u32 = 0o007;
/// The length of a master key, in bytes.
const MASTER_KEY: usize = 32;

/// What was seen of a key; never the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing is configured.
    Nothing,
    /// It stands in the configuration itself.
    Text {
        /// Whether it can be a master key.
        is_master_key: bool,
    },
    /// It is in a file.
    File {
        /// Where.
        path: String,
        /// The permissions, or why it cannot be read.
        mode: Result<u32, String>,
        /// Whether it can be a master key.
        is_master_key: bool,
    },
}

/// Looks at what a configuration holds: a key, or the path of one.
pub(super) fn look(value: &str) -> Seen {
    let is_master_key =
        |text: &str| STANDARD.decode(text.trim()).is_ok_and(|key| key.len() == MASTER_KEY);
    if value.is_empty() {
        return Seen::Nothing;
    }
    if value.contains("-----BEGIN") || is_master_key(value) {
        return Seen::Text { is_master_key: is_master_key(value) };
    }
    let path = Path::new(value);
    let read = std::fs::read_to_string(path);
    let mode = std::fs::metadata(path).map(|found| found.permissions().mode());
    let mode =
        read.as_ref().map_err(ToString::to_string).and(mode.map_err(|error| error.to_string()));
    let is_master_key = read.as_deref().is_ok_and(is_master_key);
    Seen::File { path: value.to_owned(), mode, is_master_key }
}

/// Judges a key; `None` for one that is missing, where that is told elsewhere or allowed.
pub(super) fn judge(
    service: ServiceName,
    name: &'static str,
    seen: &Seen,
    is_postgres: bool,
) -> Option<Finding> {
    let found = |text: String| Finding::fine(service, name, text);
    let is_master = name == "master_key";
    let make = "make one with `head -c 32 /dev/urandom | base64`, and keep a copy elsewhere: without it no \
        product key can be read";
    let (is_master_key, finding) = match seen {
        Seen::Nothing if is_master && is_postgres => {
            return Some(found("is not set: the service would not start".to_owned()).wrong(make));
        }
        Seen::Nothing if name == "signing_key" && is_postgres => {
            let text =
                "is not set: the key that signs the log's heads is kept in the log's own database";
            return Some(found(text.to_owned()).doubtful(
                "set signing_key (`openssl genpkey -algorithm ed25519`), or whoever can alter the log can sign it",
            ));
        }
        Seen::Nothing => return None,
        Seen::Text { is_master_key } => {
            (is_master_key, found("stands in the configuration".to_owned()))
        }
        Seen::File { path, mode, is_master_key } => (is_master_key, file(found, path, mode)),
    };
    if is_master && !is_master_key && !matches!(seen, Seen::File { mode: Err(_), .. }) {
        return Some(found("is not 32 bytes as base64".to_owned()).wrong(make));
    }
    Some(finding)
}

fn file(found: impl Fn(String) -> Finding, path: &str, mode: &Result<u32, String>) -> Finding {
    match mode {
        Err(why) => found(format!("{path} cannot be read: {why}"))
            .wrong("name a file that the service's user may read"),
        Ok(mode) if mode & OTHERS != 0 => {
            let mode = mode & 0o777;
            found(format!("{path} has mode {mode:03o}: everybody on this machine may use it"))
                .doubtful(format!("chmod o= {path}"))
        }
        Ok(_) => found(format!("{path}, closed to others")),
    }
}

#[cfg(test)]
mod tests;
