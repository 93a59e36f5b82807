//! What is said of a configuration.

use std::net::{IpAddr, Ipv4Addr};

use boot::ConfigError;

use super::{judge, unread};
use crate::cli::ServiceName::Order;
use crate::doctor::finding::{Finding, State};
use crate::setup::Setup;

fn setup() -> Setup {
    let mut setup = Setup::with_defaults(Order).unwrap();
    "secret".clone_into(&mut setup.server.seal_secret);
    setup
}

fn states(findings: &[Finding]) -> Vec<State> {
    findings.iter().map(|finding| finding.state).collect()
}

#[test]
fn one_that_is_in_order_says_where_it_listens() {
    let findings = judge(&setup(), vec![]);
    assert_eq!(states(&findings), [State::Fine]);
    assert_eq!(findings[0].text, "in order, listens on 127.0.0.1:7102");
}

#[test]
fn t_162_all_that_would_end_a_start_is_told() {
    let findings =
        judge(&setup(), vec!["auth.public_keys is empty".into(), "server.tls: x".into()]);
    assert_eq!(states(&findings), [State::Wrong; 2]);
    assert!(findings[0].remedy.contains("identity provider"), "{findings:?}");
    assert!(findings[1].remedy.contains("would not start"), "{findings:?}");
}

#[test]
fn tokens_that_end_with_the_process_are_doubtful() {
    let mut setup = setup();
    setup.server.seal_secret.clear();
    let findings = judge(&setup, vec![]);
    assert_eq!(states(&findings), [State::Doubtful]);
    assert!(findings[0].text.starts_with("server.seal_secret is empty"));
}

#[test]
fn a_door_without_certificates_to_everybody_is_doubtful() {
    let mut setup = setup();
    setup.server.listen.set_ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let findings = judge(&setup, vec![]);
    assert_eq!(states(&findings), [State::Doubtful]);
    assert!(findings[0].text.contains("0.0.0.0:7102"), "{}", findings[0].text);
    setup.server.tls.certificate = "tls.crt".into();
    assert_eq!(states(&judge(&setup, vec![])), [State::Fine]);
}

#[test]
fn each_mistake_is_a_finding() {
    let texts = |said: &str| {
        let findings = unread(Order, &ConfigError::Wrong(said.to_owned()));
        assert!(findings.iter().all(|finding| finding.state == State::Wrong));
        findings.into_iter().map(|finding| finding.text).collect::<Vec<_>>()
    };
    assert_eq!(texts("unknown field `x`"), ["the configuration is wrong: unknown field `x`"]);
    assert_eq!(texts("2 mistakes\n  line 1: a\n  line 2: b"), ["line 1: a", "line 2: b"]);
}

#[test]
fn a_file_that_is_not_there_is_told_with_the_reason() {
    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
    let error = ConfigError::Unreadable { path: "order.toml".into(), source };
    assert_eq!(unread(Order, &error)[0].text, "order.toml cannot be read: entity not found");
}
