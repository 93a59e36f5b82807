//! What is said of keys.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rstest::rstest;
use vocab::IdGen;

use super::{Seen, judge, look};
use crate::cli::ServiceName::{Audit, LicenseKey};
use crate::doctor::finding::State;

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

fn file(mode: Result<u32, String>, is_master_key: bool) -> Seen {
    Seen::File { path: "key".to_owned(), mode, is_master_key }
}

#[rstest]
#[case::text("identity.private_key", Seen::Text { is_master_key: false }, Some(State::Fine))]
#[case::closed("identity.private_key", file(Ok(0o100_600), false), Some(State::Fine))]
#[case::closed_but_to_a_group(
    "identity.private_key",
    file(Ok(0o100_440), false),
    Some(State::Fine)
)]
#[case::open("identity.private_key", file(Ok(0o100_644), false), Some(State::Doubtful))]
#[case::missing("identity.private_key", file(Err("no such file".to_owned()), false), Some(State::Wrong))]
#[case::none("identity.private_key", Seen::Nothing, None)]
#[case::master_key("master_key", file(Ok(0o600), true), Some(State::Fine))]
#[case::no_master_key("master_key", Seen::Nothing, Some(State::Wrong))]
#[case::half_a_master_key("master_key", Seen::Text { is_master_key: false }, Some(State::Wrong))]
#[case::a_file_of_something_else("master_key", file(Ok(0o600), false), Some(State::Wrong))]
#[case::a_master_key_that_is_gone("master_key", file(Err("gone".to_owned()), false), Some(State::Wrong))]
#[case::a_log_that_signs_itself("signing_key", Seen::Nothing, Some(State::Doubtful))]
fn a_key_is_judged(#[case] name: &'static str, #[case] seen: Seen, #[case] state: Option<State>) {
    let finding = judge(LicenseKey, name, &seen, true);
    assert_eq!(finding.as_ref().map(|finding| finding.state), state, "{finding:?}");
    let is_told =
        finding.is_none_or(|finding| finding.remedy.is_empty() == (state == Some(State::Fine)));
    assert!(is_told);
}

/// SQLite is for those who try it out: what is missing is made.
#[test]
fn on_sqlite_keys_are_made() {
    assert_eq!(judge(LicenseKey, "master_key", &Seen::Nothing, false), None);
    assert_eq!(judge(Audit, "signing_key", &Seen::Nothing, false), None);
}

#[test]
fn a_key_is_looked_at_where_it_is() {
    assert_eq!(look(""), Seen::Nothing);
    assert_eq!(look(KEY), Seen::Text { is_master_key: true });
    assert_eq!(look("-----BEGIN PRIVATE KEY-----"), Seen::Text { is_master_key: false });
    let path = std::env::temp_dir().join(format!("key_{}", IdGen::random().uuid()));
    assert!(matches!(look(path.to_str().unwrap()), Seen::File { mode: Err(_), .. }));
    fs::write(&path, format!("{KEY}\n")).unwrap();
    for mode in [0o600, 0o644] {
        fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let Seen::File { path: found, mode: seen, is_master_key } = look(path.to_str().unwrap())
        else {
            panic!("no file")
        };
        assert_eq!((PathBuf::from(found), is_master_key), (path.clone(), true));
        assert_eq!(seen.unwrap() & 0o777, mode);
    }
    fs::remove_file(&path).unwrap();
}
