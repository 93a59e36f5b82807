//! The services' configurations, as the operator's commands look at them: what all have in common, and where
//! their keys are.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use access::AuthConfig;
use anyhow::ensure;
use boot::{ConfigError, IdentityConfig, ServerConfig, TelemetryConfig};
use clap::ValueEnum;
use db::Migration;
use serde::de::DeserializeOwned;

use crate::cli::ServiceName;
use crate::keys;
use crate::suite::Databases;

/// Which services, configured how.
#[derive(Debug, Clone, clap::Args)]
pub struct Which {
    /// Which services; all five when none is named.
    #[arg(value_enum)]
    pub services: Vec<ServiceName>,
    /// The folder that has SERVICE.toml of each, or the file of the one that is named. Without it
    /// everything is at its default. `SERVICE__SECTION__KEY` in the environment wins over both.
    #[arg(long, env = "TENURE_CONFIG", value_name = "PATH")]
    pub config: Option<PathBuf>,
}

/// One service's configuration.
#[derive(Debug)]
pub struct Setup {
    /// Which service.
    pub service: ServiceName,
    /// What it has of its own, and cannot work with.
    pub faults: Vec<String>,
    /// Where it listens.
    pub server: ServerConfig,
    /// Whose tokens it believes.
    pub auth: AuthConfig,
    /// As whom it calls.
    pub identity: IdentityConfig,
    /// Logs, traces, metrics.
    pub telemetry: TelemetryConfig,
    /// Where its data is.
    pub database: Database,
    /// Whom it calls, and where.
    pub peers: Vec<(ServiceName, String)>,
    /// Keys besides that of its identity: each with its name in the configuration. May be empty, text, or
    /// the path of a file.
    pub keys: Vec<(&'static str, Secret)>,
}

/// Where a service's data is, and what it should look like.
pub struct Database {
    /// `sqlite:…` or `postgres:…`. May hold a password.
    pub url: String,
    /// Whether the service brings it up to date by itself.
    pub migrates: bool,
    /// What the service knows of its schema.
    pub migrations: &'static [Migration],
}

/// A text that is never printed.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("migrates", &self.migrates).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Which {
    /// Returns each service with its configuration file, in the order in which they are named.
    ///
    /// # Errors
    ///
    /// One file for several services; a folder that has none.
    pub fn files(&self) -> anyhow::Result<Vec<(ServiceName, Option<PathBuf>)>> {
        let all = ServiceName::value_variants();
        let named = if self.services.is_empty() { all } else { &self.services };
        let Some(config) = &self.config else {
            return Ok(named.iter().map(|service| (*service, None)).collect());
        };
        if !config.is_dir() {
            ensure!(
                self.services.len() == 1,
                "{} is no folder: name the one service whose configuration file it is",
                config.display()
            );
            return Ok(named.iter().map(|service| (*service, Some(config.clone()))).collect());
        }
        let file = |service: &ServiceName| config.join(format!("{}.toml", service.name()));
        // Who names nobody means those who are there.
        let is_meant =
            |service: &&ServiceName| !self.services.is_empty() || file(service).is_file();
        let meant = named.iter().filter(is_meant);
        let files: Vec<_> = meant.map(|service| (*service, Some(file(service)))).collect();
        ensure!(!files.is_empty(), "{} has no file such as order.toml", config.display());
        Ok(files)
    }
}

macro_rules! setup {
    (
        $service:ident, $config:ident, $crate_name:ident,
        [$($peer:ident: $uri:ident),*], [$($key:literal: $secret:expr),*]
    ) => {
        Setup {
            service: ServiceName::$service,
            faults: $config.faults(),
            server: $config.server,
            auth: $config.auth,
            identity: $config.identity,
            telemetry: $config.telemetry,
            database: Database {
                url: $config.db_url,
                migrates: $config.db_migrate,
                migrations: &$crate_name::MIGRATIONS[..],
            },
            peers: vec![$((ServiceName::$peer, $config.peers.$uri)),*],
            keys: vec![$(($key, Secret($secret))),*],
        }
    };
}

impl Setup {
    /// Reads a service's configuration as `tenure serve` does.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn read(service: ServiceName, file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::of(service, file, std::env::vars().collect())
    }

    /// Returns a configuration in which everything is at its default.
    pub(crate) fn with_defaults(service: ServiceName) -> Result<Self, ConfigError> {
        Self::of(service, None, Vec::new())
    }

    fn of(
        service: ServiceName,
        file: Option<&Path>,
        environment: Vec<(String, String)>,
    ) -> Result<Self, ConfigError> {
        Ok(match service {
            ServiceName::Catalog => {
                let config: catalog::Config = load(service, file, environment)?;
                setup!(Catalog, config, catalog, [Order: order, Audit: audit], [])
            }
            ServiceName::Order => {
                let config: order::Config = load(service, file, environment)?;
                setup!(Order, config, order,
                    [Catalog: catalog, Lifecycle: lifecycle, Audit: audit], [])
            }
            ServiceName::Lifecycle => {
                let config: lifecycle::Config = load(service, file, environment)?;
                setup!(Lifecycle, config, lifecycle,
                    [Catalog: catalog, Order: order, LicenseKey: license_key, Audit: audit], [])
            }
            ServiceName::LicenseKey => {
                let config: license_key::Config = load(service, file, environment)?;
                setup!(LicenseKey, config, license_key,
                    [Catalog: catalog, Lifecycle: lifecycle, Audit: audit],
                    ["master_key": config.master_key])
            }
            ServiceName::Audit => {
                let config: audit::Config = load(service, file, environment)?;
                setup!(Audit, config, audit, [], ["signing_key": config.signing_key])
            }
        })
    }
}

impl Setup {
    /// Returns what `tenure up` gives a service in a folder, where everything listens at one address.
    ///
    /// # Errors
    ///
    /// A folder in which it was never started.
    pub fn of_up(service: ServiceName, folder: &Path, address: SocketAddr) -> anyhow::Result<Self> {
        let file = |name: &str| folder.join(name).display().to_string();
        let private_key = keys::signing_key_of(folder);
        ensure!(
            private_key.exists(),
            "{} has no keys: it is not the folder of a `tenure up`",
            folder.display()
        );
        let mut setup = Self::with_defaults(service)?;
        setup.server.listen = address;
        // It is there, and what it says is nobody's business.
        setup.server.seal_secret = file("seal-secret");
        setup.auth.public_keys = vec![file("public-key.pem")];
        setup.identity.private_key = private_key.display().to_string();
        setup.database.url = Databases::Folder(folder.to_owned()).url(service.name());
        for (_, uri) in &mut setup.peers {
            *uri = format!("http://{address}");
        }
        for (name, key) in &mut setup.keys {
            if *name == "master_key" {
                key.0 = file("master-key");
            }
        }
        Ok(setup)
    }
}

fn load<T: DeserializeOwned>(
    service: ServiceName,
    file: Option<&Path>,
    environment: Vec<(String, String)>,
) -> Result<T, ConfigError> {
    boot::load(file, &service.prefix(), environment.into_iter())
}

#[cfg(test)]
mod tests;
