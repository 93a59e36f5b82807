//! One vocabulary of reasons: what the sources say, the contract lists.

use proto::common::Reason;

/// The words in capitals that a source quotes.
fn quoted(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').skip(1).step_by(2).filter(|text| {
        let is_part = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit();
        text.len() > 3 && text.chars().all(|letter| is_part(letter) || letter == '_')
    })
}

#[test]
fn can_3_every_reason_that_is_given_is_one_that_the_contract_lists() {
    let rejections = include_str!("../../domain/rejection/codes.rs");
    let (_, from_reason) = rejections.split_once("pub const fn reason").unwrap();
    let (of_rejections, _) = from_reason.split_once("pub fn rule").unwrap();
    let errors = include_str!("../../error.rs");
    let (_, from_reason) = errors.split_once("fn reason").unwrap();
    let (of_errors, _) = from_reason.split_once("fn rule").unwrap();

    let reasons: Vec<_> = quoted(of_rejections).chain(quoted(of_errors)).collect();
    assert!(25 < reasons.len(), "{reasons:?}");
    for reason in reasons.into_iter().chain(["ORDER_REFUSED"]) {
        assert!(Reason::from_str_name(&format!("REASON_{reason}")).is_some(), "{reason}");
    }
}
