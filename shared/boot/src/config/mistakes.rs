//! Finds every mistake of a configuration, where reading it ends with the first.
//!
//! Each key has a default, so each can be judged as if it were alone.

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// A key, from the outermost section on, and what is wrong with its value.
type Mistake<'a> = (Vec<&'a str>, String);

/// Returns what is wrong with a file, each with its line.
pub(super) fn of_file<T: DeserializeOwned>(text: &str, table: &Table) -> Vec<String> {
    let found = table.iter().flat_map(|(key, value)| judge::<T>(vec![key], value));
    let told = |(keys, why): Mistake<'_>| match line(text, &keys) {
        Some(line) => format!("line {line}, {}: {why}", keys.join(".")),
        None => format!("{}: {why}", keys.join(".")),
    };
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|(keys, _)| line(text, keys));
    found.into_iter().map(told).collect()
}

/// Returns what is wrong with a variable of the environment.
pub(super) fn of_variable<T: DeserializeOwned>(
    name: &str,
    keys: &[&str],
    value: &Value,
) -> Vec<String> {
    let found = judge::<T>(keys.to_vec(), value);
    found.into_iter().map(|(_, why)| format!("{name}: {why}")).collect()
}

/// Judges a value alone, and if it is wrong what it is made of.
fn judge<'a, T: DeserializeOwned>(keys: Vec<&'a str>, value: &'a Value) -> Vec<Mistake<'a>> {
    let Err(error) = T::deserialize(nested(&keys, value.clone())) else { return vec![] };
    // A section that does not exist is one mistake, whatever is in it.
    let is_section =
        value.is_table() && T::deserialize(nested(&keys, Value::Table(Table::new()))).is_ok();
    let parts = value.as_table().filter(|_| is_section).into_iter().flatten();
    let inner: Vec<_> = parts
        .flat_map(|(key, value)| judge::<T>([&*keys, &[key.as_str()]].concat(), value))
        .collect();
    if inner.is_empty() { vec![(keys, error.message().trim().to_owned())] } else { inner }
}

/// Returns a configuration that has this value alone.
fn nested(keys: &[&str], value: Value) -> Table {
    let wrap = |inner, key: &&str| Value::Table(Table::from_iter([((*key).to_owned(), inner)]));
    match keys.iter().rev().fold(value, wrap) {
        Value::Table(table) => table,
        Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_) => Table::new(),
    }
}

/// Returns the line of a key in a file, from 1.
fn line(text: &str, keys: &[&str]) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let (mut table, mut start) = (root.get_ref(), None);
    for (depth, name) in keys.iter().enumerate() {
        let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
        start = Some(key.span().start);
        if let DeValue::Table(inner) = value.get_ref() {
            table = inner;
        } else if depth + 1 < keys.len() {
            return None;
        }
    }
    Some(1 + text.get(..start?)?.matches('\n').count())
}
