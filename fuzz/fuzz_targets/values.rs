//! The words within requests and files: terms (ISO 8601), currencies, amounts, markets, closed lists.
#![no_main]

use std::fmt::Display;
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use vocab::{BillingCycle, Cloud, Currency, Market, Money, ProductKind, Segment, TermLength};

fn comes_back<T: FromStr + Display>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        assert_eq!(read.to_string(), text);
    }
}

fuzz_target!(|text: &str| {
    comes_back::<TermLength>(text);
    comes_back::<BillingCycle>(text);
    comes_back::<ProductKind>(text);
    comes_back::<Segment>(text);
    comes_back::<Cloud>(text);
    comes_back::<Market>(text);
    comes_back::<Currency>(text);
    let (amount, currency) = text.rsplit_once(' ').unwrap_or((text, "EUR"));
    let Ok(currency) = currency.parse::<Currency>() else { return };
    if let Ok(money) = Money::parse(amount, currency) {
        // Written with its thousands apart.
        let written = money.to_string().replace(',', "");
        let (amount, _) = written.rsplit_once(' ').unwrap();
        assert_eq!(Money::parse(amount, currency), Ok(money));
    }
});
