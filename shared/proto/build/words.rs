//! Sees that each method of the contract has its word of access: without one nobody knows who may call it.

use anyhow::{Context, Result, ensure};
use prost_reflect::{DescriptorPool, ExtensionDescriptor, MethodDescriptor, ServiceDescriptor};

/// Names every method of ours without a word.
///
/// # Errors
///
/// There is one.
///
/// Source: T-145 in `docs/rules.md`.
pub fn check(descriptors: &[u8]) -> Result<()> {
    let pool = DescriptorPool::decode(descriptors)?;
    let word = pool.get_extension_by_name("tenure.common.v1.access").context("no option access")?;
    let services = pool.services().filter(|service| service.full_name().starts_with("tenure."));
    let without = |service: &ServiceDescriptor| -> Vec<String> {
        let methods = service.methods().filter(|method| !has_word(method, &word));
        methods.map(|method| method.full_name().to_owned()).collect()
    };
    let without: Vec<_> = services.flat_map(|service| without(&service)).collect();
    ensure!(without.is_empty(), "without a word of access: {}", without.join(", "));
    Ok(())
}

fn has_word(method: &MethodDescriptor, word: &ExtensionDescriptor) -> bool {
    method.options().get_extension(word).as_enum_number().is_some_and(|number| number != 0)
}
