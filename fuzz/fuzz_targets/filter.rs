//! Filters of lists: what was read, written down again, reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rpc::Filter;
use rpc::filter::{Condition, Operator};

fn written(condition: &Condition) -> String {
    let operator = match condition.operator {
        Operator::Equal => "=",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::Has => ":",
    };
    format!("{} {operator} \"{}\"", condition.field, condition.value)
}

fuzz_target!(|text: &str| {
    if let Ok(filter) = text.parse::<Filter>() {
        let again: Vec<_> = filter.0.iter().map(written).collect();
        assert_eq!(again.join(" AND ").parse(), Ok(filter));
    }
    if let Err(error) = Filter::parse(text, &["state", "kind"]) {
        assert!(!error.to_string().is_empty());
    }
});
