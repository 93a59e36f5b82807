//! What is said of peers.

use anyhow::anyhow;
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;

use super::{Seen, Standing, judge};
use crate::cli::ServiceName::{LicenseKey, Lifecycle};
use crate::doctor::finding::{Finding, State};

const LEEWAY: SignedDuration = SignedDuration::from_secs(30);

fn seen(standing: Standing) -> Seen {
    Seen { standing, ahead: None, disbelief: None, certificate: None }
}

fn judged(seen: Seen) -> Vec<Finding> {
    let now = Timestamp::UNIX_EPOCH;
    judge(Lifecycle, LicenseKey, "http://license-key:7104", seen, (LEEWAY, now))
}

#[rstest]
#[case::serves(Standing::Serves, State::Fine, "serves")]
#[case::away(Standing::CannotServe, State::Wrong, "says that it cannot serve")]
#[case::another(Standing::IsSomebodyElse, State::Wrong, "is not license-key")]
#[case::silent(Standing::IsSilent("connection refused".to_owned()), State::Wrong, "connection refused")]
fn a_peer_is_judged(#[case] standing: Standing, #[case] state: State, #[case] text: &str) {
    let findings = judged(seen(standing));
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].state, &*findings[0].about), (state, "peer license-key"));
    assert!(findings[0].text.contains(text), "{findings:?}");
    assert_eq!(findings[0].remedy.is_empty(), state == State::Fine);
    assert!(state == State::Fine || !findings[0].remedy.contains("peers.license-key"));
}

#[test]
fn t_162_a_peer_that_does_not_believe_us_is_found() {
    let disbelief = Some("the token's signature is by no known key".to_owned());
    let findings = judged(Seen { disbelief, ..seen(Standing::Serves) });
    assert_eq!(findings.len(), 2);
    assert_eq!(findings[1].state, State::Wrong);
    assert!(findings[1].remedy.contains("auth.public_keys of license-key"), "{findings:?}");
}

#[test]
fn its_clock_and_its_certificate_are_looked_at() {
    let ahead = Some(SignedDuration::from_secs(-40));
    let certificate = Some(Err(anyhow!("an unknown issuer")));
    let findings = judged(Seen { ahead, certificate, ..seen(Standing::Serves) });
    let about: Vec<_> = findings.iter().map(|finding| finding.about.as_str()).collect();
    assert_eq!(about, ["peer license-key", "clock of license-key", "certificate of license-key"]);
    assert_eq!(findings[1].text, "40s behind the one here");
    assert_eq!([findings[1].state, findings[2].state], [State::Wrong; 2]);
}
