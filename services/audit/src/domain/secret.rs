//! The last fence before the log: an entry that looks as if it held a key is not taken.
//!
//! Whoever writes entries leaves keys, tokens and links out; this only catches a slip, because what
//! is once in the log can never be taken out of it. So it is simple and errs on the side of letting
//! through: an entry that is refused without need would be evidence lost.

use super::Entry;

/// Names under which somebody would send what must not be sent.
const NAMES: [&str; 7] =
    ["key", "product_key", "token", "link", "download_link", "secret", "password"];

/// How many letters and digits a product key has, unless it was configured otherwise (D-24).
const KEY_LENGTH: usize = 32;

/// Returns which field holds what must never be in the log, without what it holds.
///
/// The actor is not looked at: it comes from a verified token, and some issuers name people by 32
/// digits.
///
/// Source: TRP-53, DWN-6, KEY-2.
pub(super) fn leak(entry: &Entry) -> Option<String> {
    let named = entry.details.keys().find(|name| is_secret_name(name));
    if let Some(name) = named {
        return Some(format!("details.{name}"));
    }
    let texts =
        [("action", &entry.action), ("resource", &entry.resource), ("reason", &entry.reason)];
    if let Some((name, _)) = texts.into_iter().find(|(_, text)| holds_key(text)) {
        return Some(name.to_owned());
    }
    let is_leak = |(name, value): &(&String, &String)| holds_key(name) || holds_key(value);
    // A name that is itself a key must not come back in the refusal.
    entry.details.iter().find(is_leak).map(|(name, _)| {
        if holds_key(name) { "details".to_owned() } else { format!("details.{name}") }
    })
}

fn is_secret_name(name: &str) -> bool {
    NAMES.contains(&name.to_ascii_lowercase().replace('-', "_").as_str())
}

/// Whether a word of `text` has the form of a key.
fn holds_key(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').any(is_key)
}

/// Whether `word` is as many letters and digits as a key has, with at least one digit, in one piece
/// or in groups of one length with dashes between them. A UUID, of groups of several lengths, is not.
fn is_key(word: &str) -> bool {
    let group = word.split('-').next().map_or(0, str::len);
    let is_even = word.split('-').all(|other| other.len() == group);
    let length = word.chars().filter(char::is_ascii_alphanumeric).count();
    is_even && length == KEY_LENGTH && word.contains(|letter: char| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests;
