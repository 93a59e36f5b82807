//! Finds messages with fields that the contract marks as secret (`debug_redact`), and prints them without.

use std::fmt::Write;

use anyhow::Result;
use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor};

/// Returns every message of ours that has a secret field.
pub fn find(descriptors: &[u8]) -> Result<Vec<MessageDescriptor>> {
    let pool = DescriptorPool::decode(descriptors)?;
    let ours = pool.all_messages().filter(|message| message.full_name().starts_with("tenure."));
    Ok(ours.filter(|message| message.fields().any(|field| is_secret(&field))).collect())
}

/// Returns an `impl Debug` for each, and for each choice within it that has a secret: what is secret is
/// left out.
pub fn generate(secrets: &[MessageDescriptor]) -> Result<String> {
    let mut code = String::new();
    for message in secrets {
        let path = crate::checks::rust_path(message);
        let plain = message.fields().filter(|field| {
            !is_secret(field) && field.containing_oneof().is_none_or(|oneof| oneof.is_synthetic())
        });
        let mut shown = String::new();
        for field in plain {
            write!(shown, ".field({0:?}, &self.{0})", field.name())?;
        }
        writeln!(
            code,
            "{}",
            debug(
                &path,
                &format!("f.debug_struct({:?}){shown}.finish_non_exhaustive()", message.name())
            )
        )?;
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let name = crate::checks::pascal(oneof.name());
            let path = format!("{}::{name}", crate::checks::snake_path(message));
            writeln!(code, "{}", debug(&path, &format!("f.write_str(\"{name}(..)\")")))?;
        }
    }
    Ok(code)
}

fn debug(path: &str, body: &str) -> String {
    format!(
        "impl std::fmt::Debug for {path} {{ fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{ {body} }} }}"
    )
}

fn is_secret(field: &FieldDescriptor) -> bool {
    field
        .options()
        .get_field_by_name("debug_redact")
        .is_some_and(|value| value.as_bool() == Some(true))
}
