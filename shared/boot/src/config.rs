//! What every process can be configured with, and how a file and the environment become one value.

mod mistakes;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Where the gRPC server listens and what it takes.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Where the server listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The largest message that is read, in bytes.
    pub message_bytes_max: usize,
    /// The secret behind page tokens and previews, the same for all processes of a service. Empty:
    /// a random one, so that tokens die with the process.
    pub seal_secret: String,
    /// With which certificates it serves, and calls its peers.
    pub tls: TlsConfig,
    /// What one caller may ask for.
    pub limits: access::LimitsConfig,
}

/// The certificates of a service. Without any it speaks plain HTTP/2, and takes anybody's connection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The path of its certificate (PEM), with what leads from there to its authority. It names the host
    /// by which others call the service.
    pub certificate: PathBuf,
    /// The path of the certificate's private key (PEM).
    pub private_key: PathBuf,
    /// The path of the certificates (PEM) of those who vouch for callers, and for peers.
    pub authorities: PathBuf,
    /// How often the files are looked at: more than 0 s.
    pub reload_rest: SignedDuration,
    /// Where health alone is served without certificates, for probes that have none; empty: nowhere.
    pub health_listen: String,
}

impl TlsConfig {
    /// No certificates.
    pub const fn none() -> Self {
        Self {
            certificate: PathBuf::new(),
            private_key: PathBuf::new(),
            authorities: PathBuf::new(),
            reload_rest: SignedDuration::from_secs(60),
            health_listen: String::new(),
        }
    }
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self::none()
    }
}

impl ServerConfig {
    /// The defaults, on a port.
    pub fn on_port(port: u16) -> Self {
        let loopback = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        Self {
            listen: SocketAddr::new(loopback, port),
            message_bytes_max: 4 * 1024 * 1024,
            seal_secret: String::new(),
            tls: TlsConfig::none(),
            limits: access::LimitsConfig::default(),
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self::on_port(0)
    }
}

impl fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, message_bytes_max, seal_secret: _, tls, limits } = self;
        f.debug_struct("ServerConfig")
            .field("listen", listen)
            .field("message_bytes_max", message_bytes_max)
            .field("tls", tls)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}

/// As whom this service calls the others.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityConfig {
    /// The Ed25519 private key (PKCS #8, PEM) that signs this service's own tokens, or the path of
    /// its file. Its public half must be among the `public_keys` of the services that it calls.
    pub private_key: String,
}

impl fmt::Debug for IdentityConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { private_key: _ } = self;
        f.write_str("IdentityConfig(..)")
    }
}

/// What leaves the process for those who watch it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// `json`, or `human`.
    pub log_format: LogFormat,
    /// Which logs: a `tracing` filter such as `info` or `info,lifecycle=debug`.
    pub log_filter: String,
    /// Where traces and metrics go, by OTLP over gRPC: `http://collector:4317`. Empty: nowhere.
    pub otlp_endpoint: String,
    /// How many traces of a hundred are kept: 0 to 100.
    pub trace_percent: u8,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Human,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            log_format: LogFormat::Json,
            log_filter: "info".to_owned(),
            otlp_endpoint: String::new(),
            trace_percent: 100,
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{} cannot be read", if path.as_os_str().is_empty() { "a path that is empty".into() } else { path.display().to_string() })]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file, or what the environment adds to it, is not a configuration of this service.
    #[error("the configuration is wrong: {0}")]
    Wrong(String),
}

/// Reads a configuration: the file, then `<PREFIX>__SECTION__KEY` of the environment over it.
///
/// An environment value is a TOML value (`7103`, `true`, `["a"]`), and text otherwise.
///
/// # Errors
///
/// [`ConfigError`] with every mistake at once (T-173): those of the file with their lines, those of the
/// environment with their names.
pub fn load<T: DeserializeOwned>(
    path: Option<&Path>,
    prefix: &str,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let text = match path {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?,
    };
    let mut table = table(&text)?;
    let mut mistakes = mistakes::of_file::<T>(&text, &table);
    let start = format!("{prefix}__");
    for (name, value) in environment {
        let Some(key) = name.strip_prefix(&start) else { continue };
        let (key, value) = (key.to_lowercase(), value_of(&value));
        let keys: Vec<_> = key.split("__").collect();
        let found = mistakes::of_variable::<T>(&name, &keys, &value);
        if overlay(&mut table, &keys, value).is_err() && found.is_empty() {
            mistakes.push(format!("{name} names no key of a section"));
        }
        mistakes.extend(found);
    }
    settled(&mistakes)?;
    T::deserialize(table).map_err(|error| ConfigError::Wrong(error.to_string()))
}

/// Reads a configuration file's text.
///
/// # Errors
///
/// [`ConfigError::Wrong`] with every mistake and its line.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, ConfigError> {
    let table = table(text)?;
    settled(&mistakes::of_file::<T>(text, &table))?;
    T::deserialize(table).map_err(|error| ConfigError::Wrong(error.to_string()))
}

/// A text that is no TOML has no mistakes but this one.
fn table(text: &str) -> Result<toml::Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| ConfigError::Wrong(error.to_string()))
}

fn settled(mistakes: &[String]) -> Result<(), ConfigError> {
    match mistakes {
        [] => Ok(()),
        [one] => Err(ConfigError::Wrong(one.clone())),
        all => Err(ConfigError::Wrong(format!("{} mistakes\n  {}", all.len(), all.join("\n  ")))),
    }
}

/// Returns a PEM text that a configuration holds, or that the file at the path which it holds holds.
///
/// # Errors
///
/// [`ConfigError::Unreadable`] with the path.
pub(crate) fn pem(text_or_path: &str) -> Result<String, ConfigError> {
    if text_or_path.trim_start().starts_with("-----BEGIN") {
        return Ok(text_or_path.to_owned());
    }
    let path = PathBuf::from(text_or_path);
    std::fs::read_to_string(&path).map_err(|source| ConfigError::Unreadable { path, source })
}

/// Reads a value of the environment.
fn value_of(text: &str) -> toml::Value {
    let read = format!("value = {text}").parse::<toml::Table>();
    let read = read.ok().and_then(|mut parsed| parsed.remove("value"));
    read.unwrap_or_else(|| toml::Value::String(text.to_owned()))
}

fn overlay(table: &mut toml::Table, keys: &[&str], value: toml::Value) -> Result<(), ()> {
    match keys {
        [] => Err(()),
        [key] => {
            table.insert((*key).to_owned(), value);
            Ok(())
        }
        [section, rest @ ..] => {
            let section = table
                .entry((*section).to_owned())
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            overlay(section.as_table_mut().ok_or(())?, rest, value)
        }
    }
}
