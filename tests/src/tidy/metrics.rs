//! What panels and alerts ask for against what the sources measure: a metric that nobody defines is a
//! panel that stays empty, and an alert that never rings.
//!
//! Not here: whether an alert rings when it should, which promtool tests, and what a suite that runs shows,
//! which a journey does.

use std::collections::BTreeSet;

use super::{
    assert_clean,
    tree::{File, files},
};
use crate::promql::{expressions, metrics, queries};

const DASHBOARD: &str = "deploy/monitoring/dashboard.json";
const ALERTS: &str = "deploy/monitoring/alerts.yaml";
const ALERT_TESTS: &str = "deploy/monitoring/alerts_test.yaml";
const OPERATIONS: &str = "docs/operations.md";

#[test]
fn panels_and_alerts_name_metrics_that_exist() {
    let files = files();
    let defined: BTreeSet<_> = files.iter().flat_map(defined).collect();
    assert!(!defined.is_empty(), "no source defines a metric");
    let dashboard = serde_json::from_str(&text(&files, DASHBOARD)).expect("the dashboard is JSON");
    let used = [
        (DASHBOARD, queries(&dashboard)),
        (ALERTS, expressions(&text(&files, ALERTS))),
        (ALERT_TESTS, series(&text(&files, ALERT_TESTS))),
    ];
    let findings: Vec<_> = used
        .iter()
        .flat_map(|(path, texts)| texts.iter().map(move |text| (path, text)))
        .flat_map(|(path, text)| unknown(path, text, &defined))
        .collect();
    assert!(used.iter().all(|(_, texts)| !texts.is_empty()), "a file asks for nothing");
    assert_clean(&findings, "define it, or ask for what there is");
}

#[test]
fn each_alert_is_tested_and_explained() {
    let files = files();
    let (alerts, tests) = (text(&files, ALERTS), text(&files, ALERT_TESTS));
    let operations = text(&files, OPERATIONS);
    let names: Vec<_> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(!names.is_empty(), "there is no alert");
    let lacking = |name: &&str| {
        let is_tested = tests.contains(&format!("#{}\n", name.to_lowercase()));
        let is_explained = operations.lines().any(|line| line == format!("### {name}"));
        !(is_tested && is_explained)
    };
    let findings: Vec<_> =
        names.iter().filter(|name| lacking(name)).map(ToString::to_string).collect();
    assert_clean(
        &findings,
        "an alert has a test in which it rings, and a heading in operations.md",
    );
}

/// Returns the file at a path.
fn text(files: &[File], path: &str) -> String {
    let found = files.iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("{path} is missing")).text.clone()
}

fn unknown(path: &str, query: &str, defined: &BTreeSet<String>) -> Vec<String> {
    let names = metrics(query).into_iter().filter(|name| !defined.contains(name));
    names.map(|name| format!("{path}: no source defines {name}")).collect()
}

/// Returns the metrics that a source defines, as Prometheus calls them.
fn defined(file: &File) -> Vec<String> {
    let is_source = file.has_extension("rs")
        && !file.is_test()
        && (file.path.starts_with("services/") || file.path.starts_with("shared/"));
    if !is_source {
        return Vec::new();
    }
    let kinds: [(&str, &[&str]); 4] = [
        ("_histogram(\"", &["_bucket", "_count", "_sum"]),
        ("up_down_counter(\"", &[""]),
        ("64_counter(\"", &["_total"]),
        ("_gauge(\"", &[""]),
    ];
    let mut names = Vec::new();
    for (kind, suffixes) in kinds {
        for (at, _) in file.text.match_indices(kind) {
            let rest = &file.text[at + kind.len()..];
            let made = rest.split(".build()").next().unwrap_or_default();
            let name = made.split('"').next().unwrap_or_default().replace('.', "_");
            names.extend(suffixes.iter().map(|suffix| format!("{name}{}{suffix}", unit(made))));
        }
    }
    names
}

/// Returns what the collector adds to a name for its unit.
fn unit(made: &str) -> &'static str {
    let unit = made.split_once(".with_unit(\"").map(|(_, rest)| rest.split('"').next());
    match unit.flatten() {
        Some("s") => "_seconds",
        Some("ms") => "_milliseconds",
        Some("By") => "_bytes",
        _ => "",
    }
}

/// Returns the series that the tests of the alerts make up.
fn series(tests: &str) -> Vec<String> {
    let series =
        |line: &str| Some(line.trim().strip_prefix("- series: '")?.trim_end_matches('\'').into());
    tests.lines().filter_map(series).collect()
}

#[test]
fn names_are_those_that_prometheus_knows() {
    let source =
        "m.f64_histogram(\"a.b\")\n.with_unit(\"s\").build(), m.u64_counter(\"c.d\").build(),
        m.i64_gauge(\"e\").with_unit(\"By\").build()";
    let names = |path| defined(&File::new(path, source));
    let expected =
        ["a_b_seconds_bucket", "a_b_seconds_count", "a_b_seconds_sum", "c_d_total", "e_bytes"];
    assert_eq!(names("shared/boot/src/observe.rs"), expected);
    assert_eq!(names("shared/boot/src/tests.rs"), Vec::<String>::new());
}

#[test]
fn what_nobody_defines_is_found() {
    let defined = BTreeSet::from(["a_total".to_owned()]);
    let rules = "  - alert: A\n    expr: >-\n      rate(a_total[5m])\n      > b_total\n    for: 5m\n  - expr: c\n";
    let found: Vec<_> =
        expressions(rules).iter().flat_map(|query| unknown(ALERTS, query, &defined)).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    let dashboard = serde_json::json!({ "panels": [{ "targets": [{ "expr": "d" }] }],
        "query": { "query": "label_values(e{f=\"g\"}, h)" }, "type": "i" });
    assert_eq!(queries(&dashboard), ["d", "e{f=\"g\"}"]);
}
