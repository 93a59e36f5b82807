//! Exported audit logs: any file is judged, and the same again is judged the same.
#![no_main]

use audit_verify::file::check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let judge = || check(|| Ok(data), vec![], None);
    let (once, twice) = (judge(), judge());
    assert_eq!(format!("{once:?}"), format!("{twice:?}"));
});
