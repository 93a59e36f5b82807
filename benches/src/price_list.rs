//! Price lists of many sizes: how fast and in how much memory they are imported, against PostgreSQL's
//! COPY of the same rows; and how fast they are asked, against a bare echo of the same answers.

mod echo;
mod import;
mod queries;
mod sheet;

use crate::Plan;
use crate::postgres::Postgres;
use crate::report::Report;

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    let mut report = Report::default();
    for offers in sizes(plan.offers) {
        report.add(import::measure(plan, &postgres, offers).await?);
    }
    for offers in sizes(plan.offers) {
        report.add(queries::measure(plan, &postgres, offers).await?);
    }
    Ok(report)
}

/// 1,000, ten times as many, and so on.
fn sizes(offers_max: u32) -> impl Iterator<Item = u32> {
    (3..).map_while(|power| 10_u32.checked_pow(power)).take_while(move |size| *size <= offers_max)
}
