//! What a suite that runs tells of itself, against what dashboard and alerts ask for: each metric is there,
//! and has the labels by which it is asked for.
//!
//! Not here: whether an alert rings when it should (`deploy/monitoring/alerts_test.yaml`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rstest::rstest;
use tenure::import::request_id;
use testkit::Backend;

use super::harness::books;
use super::harness::collector::{Collector, Labels};
use super::harness::fleet::Fleet;
use super::harness::patience::eventually;
use super::harness::shop::Shop;
use crate::promql::{expressions, grouped, matched, metrics, queries};

/// What begins with the first alarm of real time that rings, which is days away: that it is defined at all, tidy
/// knows.
const LATENESS: &str = "tenure_timers_lateness_seconds_bucket";

/// Labels that only what no journey can wait for brings: the end of a month, and a statement that fails.
const LATER: [(&str, &str); 4] = [
    ("tenure_invoices_closed_total", "currency"),
    ("tenure_invoices_amount_total", "currency"),
    ("tenure_invoices_amount_total", "invoice_kind"),
    ("db_client_operation_duration_seconds_count", "error_type"),
];

/// What Prometheus adds.
const ADDED: [&str; 2] = ["le", "instance"];

type Series = BTreeMap<String, BTreeSet<Labels>>;

#[rstest]
#[tokio::test]
async fn t_170_what_panels_and_alerts_ask_for_is_measured(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let asked = asked();
    let collector = Collector::start().await;
    let endpoint = format!("http://{}", collector.address);
    let fleet = Fleet::start_with(backend, &[("TELEMETRY__OTLP_ENDPOINT", &endpoint)]).await;
    let shop = Shop::open(fleet.desk()).await;
    let order = shop.place(shop.basket(&request_id())).await.unwrap().into_inner();
    shop.fulfilled(&order.name).await;
    books::settle(&shop).await;

    let missing = || async {
        let series = collector.series();
        let missing: Vec<_> = asked.iter().flat_map(|query| lacking(query, &series)).collect();
        if missing.is_empty() { Ok(()) } else { Err(missing.join("\n")) }
    };
    eventually("every metric that is asked for", missing).await;
    let jobs: BTreeSet<_> = collector.series()["db_client_operation_duration_seconds_count"]
        .iter()
        .map(|labels| labels["job"].clone())
        .collect();
    assert_eq!(Vec::from_iter(jobs), ["audit", "catalog", "license-key", "lifecycle", "order"]);
}

/// Returns what a query asks for and nobody measures.
fn lacking(query: &str, series: &Series) -> Vec<String> {
    let known = metrics(query);
    let has = |metric: &str, label: &str| {
        let of_metric = series.get(metric).into_iter().flatten();
        ADDED.contains(&label)
            || LATER.contains(&(metric, label))
            || of_metric.into_iter().any(|labels| labels.contains_key(label))
    };
    let is_missing = |metric: &&String| *metric != LATENESS && !series.contains_key(*metric);
    let names = known.iter().filter(is_missing).cloned();
    let labels = matched(query).into_iter().filter(|(metric, label)| !has(metric, label));
    let groups = grouped(query);
    let groups = groups.into_iter().filter(|label| !known.iter().any(|metric| has(metric, label)));
    names
        .chain(labels.map(|(metric, label)| format!("{metric}{{{label}}}")))
        .chain(groups.map(|label| format!("by ({label}) in {query}")))
        .collect()
}

fn asked() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/monitoring");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    let dashboard = serde_json::from_str(&text("dashboard.json")).expect("JSON");
    let asked = [queries(&dashboard), expressions(&text("alerts.yaml"))].concat();
    assert!(!asked.is_empty());
    asked
}

#[test]
fn what_is_lacking_is_told() {
    let labels = Labels::from([("b".to_owned(), "x".to_owned())]);
    let series = Series::from([("a".to_owned(), BTreeSet::from([labels]))]);
    for (query, expected) in [
        ("sum by (b, le) (a{b=\"x\"})", vec![]),
        ("a > c", vec!["c"]),
        ("a{d=~\"y\"}", vec!["a{d}"]),
        ("sum by (e) (a)", vec!["by (e) in sum by (e) (a)"]),
    ] {
        assert_eq!(lacking(query, &series), expected, "{query}");
    }
}
