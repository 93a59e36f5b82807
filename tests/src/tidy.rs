//! The house rules that a program can check, as ordinary tests over the texts of the repository.
//!
//! One file per subject. A check is a function from texts to findings, so that its own test can
//! show it a text in which something is wrong. Not here: what rustfmt, clippy, buf and cargo-deny
//! check; `.ci/run` runs those.

mod code;
mod layers;
mod manifests;
mod metrics;
mod migrations;
mod paths;
mod protos;
mod rules;
mod sources;
mod texts;
mod tree;

/// Fails with every finding, one a line; `advice` says what to do about them.
fn assert_clean(findings: &[String], advice: &str) {
    assert!(
        findings.is_empty(),
        "{} findings; {advice}\n  {}",
        findings.len(),
        findings.join("\n  ")
    );
}
