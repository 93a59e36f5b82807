//! Tokens for people who try things out, and for operators.

use std::path::{Path, PathBuf};

use access::{AuthConfig, Claims};
use anyhow::{Context, anyhow};
use clock::{Clock, SystemClock};
use jiff::SignedDuration;
use proto::common::Role;
use vocab::{CustomerId, PartnerId};

use crate::cli::say;
use crate::client::Connection;
use crate::{keys, suite};

/// For whom.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure token --role OPERATOR                    with the key of `tenure up`, in ./data
  tenure token --role ADMIN_AGENT --partner partners/PARTNER --subject anna@northwind.example
  TENURE_TOKEN=$(tenure token --key secrets/signing-key.pem --role OPERATOR --lifetime 5m)

In production tokens are your identity provider's; whoever has a key that services believe can make any.")]
pub struct Options {
    /// A role such as `ADMIN_AGENT`, or `OPERATOR`; may be given several times.
    #[arg(long, required = true)]
    role: Vec<String>,
    /// The partner, as its id or `partners/ID`.
    #[arg(long)]
    partner: Option<String>,
    /// The customer, as its id or `customers/ID`.
    #[arg(long)]
    customer: Option<String>,
    /// Who it is, for the activity log.
    #[arg(long, default_value = "somebody@example.com")]
    subject: String,
    /// How long it is valid: `12h`, `30m`.
    #[arg(long, default_value = "12h")]
    lifetime: SignedDuration,
    /// The private key that signs it.
    #[arg(long)]
    key: Option<PathBuf>,
    /// The folder of `tenure up`, whose key signs it when none is given.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// The issuer that the services are configured with.
    #[arg(long, default_value_t = AuthConfig::default().issuer)]
    issuer: String,
    /// The audience that the services are configured with.
    #[arg(long, default_value_t = AuthConfig::default().audience)]
    audience: String,
}

/// Prints a token.
///
/// # Errors
///
/// An unknown role, an id that is none, a key that cannot be read.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let roles = options.role.iter().map(|name| role(name)).collect::<anyhow::Result<_>>()?;
    let id = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
    let partner = options.partner.as_deref().map(|text| id(text).parse::<PartnerId>());
    let customer = options.customer.as_deref().map(|text| id(text).parse::<CustomerId>());
    let claims = Claims {
        subject: options.subject.clone(),
        roles,
        partner: partner.transpose().context("--partner is not a UUID")?,
        customer: customer.transpose().context("--customer is not a UUID")?,
    };
    let auth = AuthConfig {
        issuer: options.issuer.clone(),
        audience: options.audience.clone(),
        ..AuthConfig::default()
    };
    let key = options.key.clone().unwrap_or_else(|| keys::signing_key_of(&options.data));
    say(sign(&key, &auth, &claims, options.lifetime)?);
    Ok(())
}

/// Returns the token of a connection, or makes an operator's with the key of its folder.
///
/// # Errors
///
/// A key that cannot be read.
pub fn of(connection: &Connection) -> anyhow::Result<String> {
    if let Some(token) = &connection.token {
        return Ok(token.clone());
    }
    let key = keys::signing_key_of(&connection.data);
    let claims = Claims::operator("tenure");
    sign(&key, &AuthConfig::default(), &claims, SignedDuration::from_hours(1))
}

fn sign(
    key: &Path,
    auth: &AuthConfig,
    claims: &Claims,
    lifetime: SignedDuration,
) -> anyhow::Result<String> {
    let pem = std::fs::read_to_string(key).with_context(|| {
        format!("cannot read {}: start `tenure up` once, or name a key", key.display())
    })?;
    Ok(suite::signer(&pem, auth)?.sign(claims, SystemClock.now(), lifetime)?)
}

fn role(name: &str) -> anyhow::Result<Role> {
    access::role_named(name)
        .ok_or_else(|| anyhow!("{name} is not a role; roles are {}", role_names()))
}

fn role_names() -> String {
    let all = (1..).map_while(|number| Role::try_from(number).ok());
    all.map(access::role_name).collect::<Vec<_>>().join(", ")
}
