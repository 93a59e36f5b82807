//! Which roles read, as an installation has it.

use rstest::rstest;

use super::{READERS, Readers};

fn readers(names: &[&str]) -> Result<Readers, String> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    Readers::new(&names).map_err(|error| error.to_string())
}

#[rstest]
#[case::d_4_all_four(&READERS, &["GLOBAL_ADMIN"], true)]
#[case::d_4_without_global_admin(&READERS[1..], &["GLOBAL_ADMIN"], false)]
#[case::d_4_another_role_of_the_same_person(&READERS[1..], &["GLOBAL_ADMIN", "ACCOUNT_ADMIN"], true)]
#[case::trp_52_an_admin_agent(&READERS, &["ADMIN_AGENT"], false)]
#[case::d_4_nobody(&READERS, &[], false)]
fn who_reads(#[case] names: &[&str], #[case] roles: &[&str], #[case] may: bool) {
    let admitted = readers(names).unwrap().admit(roles.iter().copied());
    assert_eq!(admitted.is_ok(), may);
    if let Err(no) = admitted {
        assert_eq!((no.reason(), no.rule()), ("ROLE_REQUIRED", "D-4"));
        let mut told: Vec<_> = names.to_vec();
        told.sort_unstable();
        assert_eq!(no.metadata(), [("roles", told.join(", "))]);
    }
}

#[rstest]
#[case::aud_2_an_admin_agent(&["ADMIN_AGENT"], "names ADMIN_AGENT; the log is read by GLOBAL_ADMIN")]
#[case::aud_2_no_role(&["global_admin"], "names global_admin")]
#[case::aud_2_nobody(&[], "names no role")]
fn who_can_be_no_reader(#[case] names: &[&str], #[case] text: &str) {
    let error = readers(names).unwrap_err();
    assert!(error.contains(text), "{error}");
}
