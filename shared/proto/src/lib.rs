//! The generated gRPC code, the descriptors that reflection serves, and the trait that the
//! generated checks of request fields implement. Nothing else is written by hand here. A message with
//! a field that the contract marks `debug_redact` is printed without it.

use std::sync::LazyLock;

pub mod protos {
    //! Messages, clients and servers, by package.
    include!(concat!(env!("OUT_DIR"), "/protos.rs"));
}

mod checks {
    include!(concat!(env!("OUT_DIR"), "/checks.rs"));
}

mod secrets {
    include!(concat!(env!("OUT_DIR"), "/secrets.rs"));
}

pub use protos::google::r#type::{Date, Money};
pub use protos::tenure::audit::v1 as audit;
pub use protos::tenure::catalog::v1 as catalog;
pub use protos::tenure::common::v1 as common;
pub use protos::tenure::licensekey::v1 as licensekey;
pub use protos::tenure::lifecycle::v1 as lifecycle;
pub use protos::tenure::order::v1 as order;

/// All descriptors, with their custom options, as a serialized `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// A malformed field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's path: `lines[2].quantity`.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

/// A message whose annotated fields can be checked.
pub trait Checked {
    /// Adds everything that is wrong with the fields below `path`.
    fn check(&self, path: &str, found: &mut Vec<Violation>);

    /// Returns everything that is wrong.
    fn violations(&self) -> Vec<Violation> {
        let mut found = vec![];
        self.check("", &mut found);
        found
    }
}

/// A request that changes something: what all of them have in common.
pub trait Mutating: Checked + prost::Message {
    /// The message's full name.
    const NAME: &'static str;
    /// The caller's name for this mutation, a UUID once the message was checked.
    fn request_id(&self) -> &str;
    /// What the caller last saw; empty when it does not care.
    fn etag(&self) -> &str;
    /// The preview to be held to; empty when there was none.
    fn preview_token(&self) -> &str;
    /// Whether nothing is to be changed.
    fn validate_only(&self) -> bool;
}

type Pattern = LazyLock<Result<regex::Regex, regex::Error>>;

fn at(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

fn required(field: String, found: &mut Vec<Violation>) {
    wrong(field, "is required".to_owned(), found);
}

fn wrong(field: String, description: String, found: &mut Vec<Violation>) {
    found.push(Violation { field, description });
}

/// No database of ours keeps U+0000 in a text.
fn no_nul(value: &str, field: String, found: &mut Vec<Violation>) {
    if value.contains('\0') {
        wrong(field, "holds the character U+0000".to_owned(), found);
    }
}

fn matches(value: &str, pattern: &Pattern, text: &str, field: String, found: &mut Vec<Violation>) {
    if !pattern.as_ref().is_ok_and(|pattern| pattern.is_match(value)) {
        wrong(field, format!("does not match {text}"), found);
    }
}

fn is_uuid(value: &str, field: String, found: &mut Vec<Violation>) {
    if value.len() != 36 || uuid::Uuid::try_parse(value).is_err() {
        wrong(
            field,
            "is not a UUID such as 0194a6f2-7c1e-7000-8000-5f2d3a1b9c04".to_owned(),
            found,
        );
    }
}
