//! Calls as a client: one channel, one token, errors that say what the server said.

use anyhow::Context;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_types::StatusExt;

use crate::cli::Connection;
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

/// Connects to `host:port`.
///
/// # Errors
///
/// When nobody answers there.
pub async fn connect(address: impl std::fmt::Display) -> anyhow::Result<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
    endpoint.connect().await.with_context(|| format!("nobody answers at {address}"))
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
/// When nobody answers there, or there is no token and no key to make one.
pub async fn of(connection: &Connection) -> anyhow::Result<Client> {
    let token = token::of(connection)?;
    with_token(connect(connection.address).await?, &token)
}

/// Returns what a refusal says: code or reason, rule, message, and all malformed fields.
pub fn explain(status: &Status) -> String {
    let info = status.get_details_error_info();
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
    format!("{reason}{rule}: {}{}", status.message(), fields.concat())
}

/// Turns a refusal into an error that says all that the server said.
pub fn refused(status: &Status) -> anyhow::Error {
    anyhow::anyhow!(explain(status))
}
