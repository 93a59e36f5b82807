//! Calls as a client: one channel, one token, errors that say what the server said.

use std::error::Error as _;
use std::path::PathBuf;

use anyhow::Context;
use boot::CallerTls;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::StatusExt;

use crate::token;

/// A channel that calls with a token.
pub type Client = InterceptedService<Channel, Bearer>;

/// Adds a token to every call.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Where the services are, and as whom they are called.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The address of the service, or of `tenure up`.
    #[arg(
        long,
        env = "TENURE_ADDRESS",
        default_value = "127.0.0.1:7100",
        value_name = "HOST:PORT"
    )]
    pub address: String,
    /// The token to call with.
    #[arg(long, env = "TENURE_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// The folder of `tenure up`, whose key signs an operator's token when none is given.
    #[arg(long, default_value = "data", value_name = "FOLDER")]
    pub data: PathBuf,
    #[command(flatten)]
    pub certificates: Certificates,
}

/// What is believed and shown where services have `server.tls`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Certificates {
    /// Who vouches for the service (PEM); without it, calls are plain.
    #[arg(long, env = "TENURE_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The certificate (PEM) that is shown to the service: services with `server.tls` hear nobody without.
    #[arg(long, env = "TENURE_CERT", value_name = "FILE", requires_all = ["ca", "key"])]
    pub cert: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, env = "TENURE_KEY", value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// The name in the service's certificate, where it is not the host of the address.
    #[arg(long, env = "TENURE_TLS_HOST", value_name = "NAME", requires = "ca")]
    pub tls_host: Option<String>,
}

impl Certificates {
    fn as_caller(&self) -> Option<CallerTls> {
        let Self { ca, cert, key, tls_host } = self.clone();
        let authorities = ca?;
        Some(CallerTls { authorities, identity: cert.zip(key), host: tls_host })
    }
}

/// Connects to `host:port`, in the clear.
///
/// # Errors
///
/// When nobody answers there.
pub async fn connect(address: impl std::fmt::Display) -> anyhow::Result<Channel> {
    let connected = boot::connect(&address.to_string(), None).await;
    connected.with_context(|| format!("nobody answers at {address}"))
}

/// Returns the channel with a token on every call.
///
/// # Errors
///
/// A token with characters that no header takes.
pub fn with_token(channel: Channel, token: &str) -> anyhow::Result<Client> {
    let value = format!("Bearer {token}").parse().context("the token is no header value")?;
    Ok(InterceptedService::new(channel, Bearer(value)))
}

/// Connects as a command's options say.
///
/// # Errors
///
/// When nobody answers there, certificates are of no use, or there is no token and no key to make one.
pub async fn of(connection: &Connection) -> anyhow::Result<Client> {
    let token = token::of(connection)?;
    let Connection { address, certificates, .. } = connection;
    let channel = match certificates.as_caller() {
        None => connect(address).await?,
        Some(tls) => boot::connect(address, Some(&tls))
            .await
            .with_context(|| format!("no connection to {address} with these certificates"))?,
    };
    with_token(channel, &token)
}

/// Returns what a refusal says: code or reason, rule, message, and all malformed fields.
pub fn explain(status: &Status) -> String {
    let info = status.get_details_error_info();
    let info_is_missing = info.is_none();
    let reason =
        info.as_ref().map_or_else(|| format!("{:?}", status.code()), |it| it.reason.clone());
    let rule = info.and_then(|mut info| info.metadata.remove("rule"));
    let rule = rule.map_or_else(String::new, |rule| format!(" ({rule})"));
    let fields = status.get_details_bad_request().map(|bad| bad.field_violations);
    let fields: Vec<String> = fields
        .unwrap_or_default()
        .iter()
        .map(|field| format!("\n  {}: {}", field.field, field.description))
        .collect();
    // What a service says has a reason; without one, the connection broke.
    let hint = if info_is_missing { hint(status) } else { String::new() };
    format!("{reason}{rule}: {}{}{hint}", status.message(), fields.concat())
}

/// A connection that breaks at its first call is often one between the clear and certificates.
fn hint(status: &Status) -> String {
    if status.source().is_none() {
        return String::new();
    }
    "\n  if the service has server.tls, name --ca, --cert and --key; if not, name none of them"
        .to_owned()
}

/// Turns a refusal into an error that says all that the server said.
pub fn refused(status: &Status) -> anyhow::Error {
    anyhow::anyhow!(explain(status))
}
