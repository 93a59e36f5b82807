//! Paths of download links: what is taken for a token can be one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use license_key::domain::token_of;

fuzz_target!(|path: &str| {
    if let Some(token) = token_of(path) {
        assert_eq!(token.len(), 43);
        assert_eq!(format!("/downloads/{token}"), path);
    }
});
