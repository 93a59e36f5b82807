//! Draws what happened to a subscription, and what time will do to it: on the terminal, and as a
//! picture in a file of its own.

mod data;
mod life;
mod picture;
mod words;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clock::{Clock, SystemClock};
use jiff::Timestamp;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use proto::lifecycle::test_clock_service_client::TestClockServiceClient;
use proto::lifecycle::{
    Change, GetSubscriptionRequest, GetTestClockRequest, ListChangesRequest, Subscription,
};
use tonic::Code;

use crate::cli::{note, say};
use crate::client::{self, Client, Connection, refused};
use life::Life;

/// Pages of the longest allowed size.
const PAGE: i32 = 500;

/// Whose, and where the picture goes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure timeline $SUBSCRIPTION                   on the terminal
  tenure timeline $SUBSCRIPTION --output life.html
  tenure timeline $SUBSCRIPTION --json | jq '.events[] | select(.at > \"2027\")'")]
pub struct Options {
    /// The subscription: `customers/CUSTOMER/subscriptions/SUBSCRIPTION`.
    subscription: String,
    /// Draws a picture (SVG) as well, or a page around it where the name ends with .html.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Writes a JSON object instead of the drawing, for programs.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Prints the past and what is known of the future, and draws it if a file is named.
///
/// # Errors
///
/// What lifecycle refuses; a file that cannot be written.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let client = client::of(&options.connection).await?;
    let mut lifecycle = SubscriptionServiceClient::new(client.clone());
    let request = GetSubscriptionRequest { name: options.subscription.clone() };
    let found = lifecycle.get_subscription(request).await.map_err(|status| refused(&status))?;
    let subscription = found.into_inner();
    let changes = changes(&mut lifecycle, &options.subscription).await?;
    let now = now(client, &subscription).await?;
    let life = Life::of(&subscription, &changes, now)?;
    say(if options.json { data::written(&life) } else { words::written(&life) });
    let Some(path) = &options.output else { return Ok(()) };
    let picture = picture::drawn(&life);
    let text = match path.extension().and_then(|it| it.to_str()) {
        Some("svg") => picture,
        Some("html") => picture::page(&life, &picture),
        _ => bail!("{} ends with neither .svg nor .html", path.display()),
    };
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    note(format!("drawn to {}", path.display()));
    Ok(())
}

async fn changes(
    lifecycle: &mut SubscriptionServiceClient<Client>,
    subscription: &str,
) -> anyhow::Result<Vec<Change>> {
    let (mut changes, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListChangesRequest {
            parent: subscription.to_owned(),
            page_size: PAGE,
            page_token,
            ..ListChangesRequest::default()
        };
        let page = lifecycle.list_changes(request).await.map_err(|status| refused(&status))?;
        let page = page.into_inner();
        changes.extend(page.changes);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(changes);
        }
    }
}

/// The customer's present: that of a test clock, where it lives on one. Who may not read clocks is shown
/// the last change as the present.
async fn now(client: Client, subscription: &Subscription) -> anyhow::Result<Timestamp> {
    if subscription.test_clock.is_empty() {
        return Ok(SystemClock.now());
    }
    let request = GetTestClockRequest { name: subscription.test_clock.clone() };
    let shown = match TestClockServiceClient::new(client).get_test_clock(request).await {
        Ok(clock) => clock.into_inner().now,
        Err(status) if status.code() == Code::PermissionDenied => subscription.state_time,
        Err(status) => return Err(refused(&status)),
    };
    Ok(rpc::wire::instant(&shown.context("a clock shows nothing")?)?)
}
