//! How the story looks on a terminal.

use jiff::Timestamp;
use proto::common::BillingCycle;
use vocab::Money;

use crate::cli::{say, stamp};

/// Prints the title of a step.
pub fn step(number: u32, title: &str) {
    say(format!("\n{number}. {title}"));
}

/// Prints what happened at an instant.
pub fn at(instant: Timestamp, what: impl std::fmt::Display) {
    say(format!("   {}  {what}", stamp(instant)));
}

/// Prints what happened at an instant, and the money that it moved.
pub fn money(instant: Timestamp, what: impl std::fmt::Display, amount: Money) {
    say(format!("   {}  {what:<66} {:>14}", stamp(instant), amount.to_string()));
}

/// Prints something that belongs to the line before.
pub fn note(what: impl std::fmt::Display) {
    say(format!("   {:23}    {what}", ""));
}

/// Returns an amount of the wire as people read it.
pub fn amount(money: Option<&proto::Money>) -> anyhow::Result<Money> {
    let money = money.ok_or_else(|| anyhow::anyhow!("an amount is missing"))?;
    Ok(rpc::wire::amount(money)?)
}

/// Returns an instant of the wire.
pub fn instant(timestamp: Option<&prost_types::Timestamp>) -> anyhow::Result<Timestamp> {
    let timestamp = timestamp.ok_or_else(|| anyhow::anyhow!("an instant is missing"))?;
    Ok(rpc::wire::instant(timestamp)?)
}

/// Returns a date of the wire.
pub fn date(date: Option<&proto::Date>) -> anyhow::Result<jiff::civil::Date> {
    let date = date.ok_or_else(|| anyhow::anyhow!("a date is missing"))?;
    Ok(rpc::wire::civil(date)?)
}

/// Returns how often something is charged.
pub fn often(cycle: i32) -> &'static str {
    match BillingCycle::try_from(cycle) {
        Ok(BillingCycle::Monthly) => "billed monthly",
        Ok(BillingCycle::Annual) => "billed yearly",
        Ok(BillingCycle::Triennial) => "billed every three years",
        Ok(BillingCycle::OneTime) => "bought once",
        Ok(BillingCycle::Unspecified) | Err(_) => "",
    }
}
