//! Starts a process: configuration, telemetry, the gRPC server with its layers, health, peers, and
//! an orderly stop; the certificates of all of that. What a service does is not here.

mod authorities;
mod config;
mod faults;
mod key_source;
mod limit;
mod observe;
mod peer;
mod process;
mod refine;
mod server;
mod stop;
mod strangers;
mod telemetry;
mod tls;

pub use config::{
    ConfigError, IdentityConfig, LogFormat, ServerConfig, TelemetryConfig, TlsConfig, load, parse,
};
pub use faults::faults;
pub use peer::{Balanced, Credentials, Peer};
pub use process::Process;
pub use server::{LIVENESS, Server, listen};
pub use stop::until_signalled;
pub use telemetry::Telemetry;
pub use tls::{CallerTls, connect, own_certificate_end, peer_certificate_end};

#[cfg(test)]
mod tests;
