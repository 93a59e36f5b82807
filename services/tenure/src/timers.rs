//! The alarms of subscriptions, for operators: which are due, late or parked, and one of them again.

use anyhow::Context;
use proto::lifecycle::timer_service_client::TimerServiceClient;
use proto::lifecycle::{ListTimersRequest, RetryTimerRequest, Timer, TimerState};
use serde_json::json;

use crate::cli::{say, stamp};
use crate::client::{self, Connection, refused};
use crate::import::request_id;

/// Pages of the longest allowed size.
const PAGE: i32 = 500;

/// Which ones.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure timers list                              what is due, late, retrying or parked
  tenure timers list --state PARKED --json | jq -r .subscription")]
pub struct ListOptions {
    /// Only those in a state: DUE, LATE, RETRYING or PARKED.
    #[arg(long)]
    state: Option<String>,
    /// Writes one JSON object a line, for programs.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Which one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example, of all that were given up, once the cause is gone:
  tenure timers list --state PARKED --json | jq -r .subscription | xargs -n 1 tenure timers retry")]
pub struct RetryOptions {
    /// The subscription: `customers/CUSTOMER/subscriptions/SUBSCRIPTION`.
    subscription: String,
    /// Writes a JSON object, for programs.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Lists those that failed, then those that are due, a line each.
///
/// # Errors
///
/// What lifecycle refuses.
pub async fn list(options: ListOptions) -> anyhow::Result<()> {
    let mut lifecycle = TimerServiceClient::new(client::of(&options.connection).await?);
    let filter = options.state.map_or_else(String::new, |state| format!("state = {state}"));
    let (mut page_token, mut count) = (String::new(), 0_usize);
    loop {
        let request = ListTimersRequest { page_size: PAGE, page_token, filter: filter.clone() };
        let page = lifecycle.list_timers(request).await.map_err(|status| refused(&status))?;
        let page = page.into_inner();
        count += page.timers.len();
        for timer in &page.timers {
            say(if options.json { as_json(timer)? } else { as_text(timer)? });
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if !options.json {
        say(format!("{count} timers need attention or are due"));
    }
    Ok(())
}

/// Lets one that failed be tried again at once.
///
/// # Errors
///
/// What lifecycle refuses.
pub async fn retry(options: RetryOptions) -> anyhow::Result<()> {
    let mut lifecycle = TimerServiceClient::new(client::of(&options.connection).await?);
    let request = RetryTimerRequest {
        name: options.subscription,
        request_id: request_id(),
        ..RetryTimerRequest::default()
    };
    let timer = lifecycle.retry_timer(request).await.map_err(|status| refused(&status))?;
    say(if options.json { as_json(timer.get_ref())? } else { as_text(timer.get_ref())? });
    Ok(())
}

fn state(timer: &Timer) -> String {
    let name = TimerState::try_from(timer.state).unwrap_or_default().as_str_name();
    name.trim_start_matches("TIMER_STATE_").to_lowercase()
}

fn instant(at: Option<&prost_types::Timestamp>) -> anyhow::Result<Option<String>> {
    let at = at.map(rpc::wire::instant).transpose().context("an instant of a timer")?;
    Ok(at.map(stamp))
}

fn as_text(timer: &Timer) -> anyhow::Result<String> {
    let due = instant(timer.due_time.as_ref())?.unwrap_or_default();
    let failed = match timer.attempts {
        0 => String::new(),
        attempts => format!("  failed {attempts} times: {}", timer.last_error),
    };
    let text = format!("{:<8}  {due:<23}  {}{failed}", state(timer), timer.subscription);
    Ok(text.trim_end().to_owned())
}

fn as_json(timer: &Timer) -> anyhow::Result<String> {
    let value = json!({
        "subscription": timer.subscription,
        "partner": timer.partner,
        "state": state(timer),
        "due_time": instant(timer.due_time.as_ref())?,
        "ring_time": instant(timer.ring_time.as_ref())?,
        "parked_time": instant(timer.parked_time.as_ref())?,
        "attempts": timer.attempts,
        "last_error": timer.last_error,
        "test_clock": timer.test_clock,
    });
    Ok(value.to_string())
}

#[cfg(test)]
mod tests;
