//! Page tokens, previews and the cursors below their seal: what we hand out we read again, and nothing
//! else opens.
#![no_main]

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use rpc::{Pager, Previews, Seal};

fn comes_back<T: FromStr + Display + PartialEq>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        assert!(read.to_string().parse().is_ok_and(|again: T| again == read), "{text}");
    }
}

fuzz_target!(|text: &str| {
    let seal = Seal::new(b"a secret of thirty-two characters");
    let pager = Pager::new(&seal, "ListNothing", "nobody", &[text]);
    assert!(text.is_empty() || pager.page(0, text).is_err());
    let page = pager.page(i32::MAX, &pager.token(Some(text))).unwrap();
    assert_eq!(page.after.as_deref(), Some(text));

    let previews = Previews::new(seal.clone());
    assert!(previews.check(text, "DoNothing", b"", Timestamp::UNIX_EPOCH).is_err());
    let token = previews.issue("DoNothing", text.as_bytes(), Timestamp::UNIX_EPOCH);
    assert!(previews.check(&token, "DoNothing", text.as_bytes(), Timestamp::UNIX_EPOCH).is_ok());
    assert!(seal.open(text, &token).is_none());

    comes_back::<audit::domain::Cursor>(text);
    comes_back::<lifecycle::domain::Position>(text);
});
