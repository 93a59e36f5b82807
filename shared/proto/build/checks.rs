//! Turns `google.api.field_behavior` and `buf.validate` annotations into Rust. An annotation that
//! is not understood fails the build, so none is silently ignored.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, bail};
use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    Value,
};

const REQUIRED: i32 = 2;

struct Extensions {
    behavior: ExtensionDescriptor,
    rules: ExtensionDescriptor,
}

/// Returns an `impl Checked` for every message of ours that a request can reach.
pub fn generate(descriptors: &[u8]) -> Result<String> {
    let pool = DescriptorPool::decode(descriptors)?;
    let extension = |name: &str| {
        pool.get_extension_by_name(name).ok_or_else(|| anyhow::anyhow!("{name} is not imported"))
    };
    let extensions = Extensions {
        behavior: extension("google.api.field_behavior")?,
        rules: extension("buf.validate.field")?,
    };
    let mut reached = BTreeMap::new();
    for service in pool.services() {
        for method in service.methods() {
            reach(&method.input(), &mut reached);
        }
    }
    let mut code = String::new();
    for message in reached.values() {
        write_message(&mut code, message, &extensions)?;
        write_mutating(&mut code, message)?;
    }
    Ok(code)
}

fn reach(message: &MessageDescriptor, reached: &mut BTreeMap<String, MessageDescriptor>) {
    if !message.full_name().starts_with("tenure.") || message.is_map_entry() {
        return;
    }
    if reached.insert(message.full_name().to_owned(), message.clone()).is_none() {
        for field in message.fields() {
            if let Kind::Message(inner) = field.kind() {
                reach(&inner, reached);
            }
        }
    }
}

fn write_message(
    code: &mut String,
    message: &MessageDescriptor,
    extensions: &Extensions,
) -> Result<()> {
    let mut body = String::new();
    for field in message.fields().filter(|field| {
        field.containing_oneof().is_none() || field.field_descriptor_proto().proto3_optional()
    }) {
        write_field(&mut body, &field, extensions)?;
    }
    for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        for field in oneof.fields() {
            let Kind::Message(inner) = field.kind() else { continue };
            if !inner.full_name().starts_with("tenure.") {
                continue;
            }
            let path = format!("{}::{}", snake_path(message), pascal(oneof.name()));
            writeln!(
                body,
                "if let Some({path}::{}(value)) = &self.{} {{ value.check(&crate::at(path, \"{}\"), found); }}",
                pascal(field.name()),
                oneof.name(),
                field.name()
            )?;
        }
    }
    let (arg_path, arg_found) = if body.is_empty() { ("_", "_") } else { ("path", "found") };
    write!(
        code,
        "impl crate::Checked for {} {{ fn check(&self, {arg_path}: &str, {arg_found}: &mut Vec<crate::Violation>) {{ {body} }} }}\n",
        rust_path(message)
    )?;
    Ok(())
}

/// Writes how a mutation's common fields are read; a field that the message lacks is empty.
fn write_mutating(code: &mut String, message: &MessageDescriptor) -> Result<()> {
    if message.get_field_by_name("request_id").is_none() {
        return Ok(());
    }
    let text = |name: &str| match message.get_field_by_name(name) {
        Some(_) => format!("fn {name}(&self) -> &str {{ &self.{name} }}"),
        None => format!("fn {name}(&self) -> &str {{ \"\" }}"),
    };
    let validate_only = match message.get_field_by_name("validate_only") {
        Some(_) => "self.validate_only",
        None => "false",
    };
    writeln!(
        code,
        "impl crate::Mutating for {} {{ const NAME: &'static str = \"{}\"; {} {} {} fn validate_only(&self) -> bool {{ {validate_only} }} }}",
        rust_path(message),
        message.full_name(),
        text("request_id"),
        text("etag"),
        text("preview_token"),
    )?;
    Ok(())
}

fn write_field(code: &mut String, field: &FieldDescriptor, extensions: &Extensions) -> Result<()> {
    let name = field.name();
    let ident = if name == "type" { "r#type" } else { name };
    let options = field.options();
    let required = options
        .get_extension(&extensions.behavior)
        .as_list()
        .is_some_and(|list| list.iter().any(|value| value.as_enum_number() == Some(REQUIRED)));
    let rules = options.get_extension(&extensions.rules);
    let rules = rules.as_message().filter(|rules| rules.fields().next().is_some());

    if field.is_map() {
        if rules.is_some() {
            bail!("{}: rules on maps are not understood", field.full_name());
        }
        return Ok(());
    }
    if field.is_list() {
        return write_list(code, field, required, rules);
    }
    let at = format!("crate::at(path, \"{name}\")");
    match field.kind() {
        Kind::Message(inner) => {
            if required {
                writeln!(code, "if self.{ident}.is_none() {{ crate::required({at}, found); }}")?;
            }
            if inner.full_name().starts_with("tenure.") {
                writeln!(
                    code,
                    "if let Some(value) = &self.{ident} {{ value.check(&{at}, found); }}"
                )?;
            }
        }
        Kind::String => {
            writeln!(code, "crate::no_nul(&self.{ident}, {at}, found);")?;
            let mut checks = String::new();
            write_string_rules(&mut checks, field, rules, &format!("&self.{ident}"), &at)?;
            let empty = format!("self.{ident}.is_empty()");
            match (required, checks.is_empty()) {
                (true, _) => writeln!(
                    code,
                    "if {empty} {{ crate::required({at}, found); }} else {{ {checks} }}"
                )?,
                (false, false) => writeln!(code, "if !{empty} {{ {checks} }}")?,
                (false, true) => {}
            }
        }
        Kind::Enum(_) => {
            let path = format!("self.{ident}");
            for (rule, _) in rules_of(field, rules, "enum")? {
                if !(rule == "defined_only" || (rule == "not_in" && required)) {
                    bail!("{}: enum.{rule} is not understood", field.full_name());
                }
            }
            let known = rust_enum_path(field);
            let absent = match required {
                true => format!("if {path} == 0 {{ crate::required({at}, found); }} else "),
                false => String::new(),
            };
            writeln!(
                code,
                "{absent}if {known}::try_from({path}).is_err() {{ crate::wrong({at}, \"is not a member of the enum\".to_owned(), found); }}"
            )?;
        }
        Kind::Int32 | Kind::Int64 if field.supports_presence() => {
            let mut checks = String::new();
            write_number_rules(&mut checks, field, rules, "i64::from(value)", &at)?;
            if !checks.is_empty() {
                writeln!(code, "if let Some(value) = self.{ident} {{ {checks} }}")?;
            }
        }
        Kind::Int32 | Kind::Int64 => {
            write_number_rules(code, field, rules, &format!("i64::from(self.{ident})"), &at)?
        }
        Kind::Bool => {
            if required && field.supports_presence() {
                writeln!(code, "if self.{ident}.is_none() {{ crate::required({at}, found); }}")?;
            }
        }
        _ if rules.is_none() => {}
        other => bail!("{}: rules on {other:?} are not understood", field.full_name()),
    }
    Ok(())
}

fn write_list(
    code: &mut String,
    field: &FieldDescriptor,
    required: bool,
    rules: Option<&DynamicMessage>,
) -> Result<()> {
    let name = field.name();
    let at = format!("crate::at(path, \"{name}\")");
    let mut item_rules = None;
    if required {
        writeln!(code, "if self.{name}.is_empty() {{ crate::required({at}, found); }}")?;
    }
    for (rule, value) in rules_of(field, rules, "repeated")? {
        match (rule.as_str(), value) {
            ("min_items", Value::U64(1)) if required => {}
            ("max_items", Value::U64(most)) => writeln!(
                code,
                "if self.{name}.len() > {most} {{ crate::wrong({at}, \"has more than {most} items\".to_owned(), found); }}"
            )?,
            ("items", Value::Message(items)) => item_rules = Some(items),
            (other, _) => bail!("{}: repeated.{other} is not understood", field.full_name()),
        }
    }
    match field.kind() {
        Kind::Message(inner) if inner.full_name().starts_with("tenure.") => {
            writeln!(
                code,
                "for (index, value) in self.{name}.iter().enumerate() {{ value.check(&format!(\"{{}}[{{index}}]\", {at}), found); }}"
            )?;
        }
        Kind::String => {
            let mut checks = "crate::no_nul(value, item.clone(), found);".to_owned();
            write_string_rules(&mut checks, field, item_rules.as_ref(), "value", "item.clone()")?;
            writeln!(
                code,
                "for (index, value) in self.{name}.iter().enumerate() {{ let item = format!(\"{{}}[{{index}}]\", {at}); {checks} }}"
            )?;
        }
        Kind::Enum(_) => {
            let known = rust_enum_path(field);
            writeln!(
                code,
                "for value in &self.{name} {{ if {known}::try_from(*value).is_err() || *value == 0 {{ crate::wrong({at}, \"has an item that is not a member of the enum\".to_owned(), found); }} }}"
            )?;
        }
        _ => {}
    }
    Ok(())
}

fn write_string_rules(
    code: &mut String,
    field: &FieldDescriptor,
    rules: Option<&DynamicMessage>,
    value: &str,
    at: &str,
) -> Result<()> {
    for (rule, limit) in rules_of(field, rules, "string")? {
        match (rule.as_str(), limit) {
            ("pattern", Value::String(pattern)) => writeln!(
                code,
                "{{ static PATTERN: crate::Pattern = crate::Pattern::new(|| regex::Regex::new({pattern:?})); crate::matches({value}, &PATTERN, {pattern:?}, {at}, found); }}"
            )?,
            ("uuid", Value::Bool(true)) => writeln!(code, "crate::is_uuid({value}, {at}, found);")?,
            ("min_len", Value::U64(1)) => {}
            ("max_len", Value::U64(most)) => writeln!(
                code,
                "if ({value}).chars().count() > {most} {{ crate::wrong({at}, \"is longer than {most} characters\".to_owned(), found); }}"
            )?,
            (other, _) => bail!("{}: string.{other} is not understood", field.full_name()),
        }
    }
    Ok(())
}

fn write_number_rules(
    code: &mut String,
    field: &FieldDescriptor,
    rules: Option<&DynamicMessage>,
    value: &str,
    at: &str,
) -> Result<()> {
    let group = if matches!(field.kind(), Kind::Int32) { "int32" } else { "int64" };
    for (rule, limit) in rules_of(field, rules, group)? {
        let limit = match limit {
            Value::I32(limit) => i64::from(limit),
            Value::I64(limit) => limit,
            other => bail!("{}: {rule} = {other:?} is not understood", field.full_name()),
        };
        let (operator, words) = match rule.as_str() {
            "gte" => ("<", "at least"),
            "lte" => (">", "at most"),
            other => bail!("{}: {group}.{other} is not understood", field.full_name()),
        };
        writeln!(
            code,
            "if {value} {operator} {limit} {{ crate::wrong({at}, format!(\"is {{}}, and must be {words} {limit}\", {value}), found); }}"
        )?;
    }
    Ok(())
}

/// Returns the rules that are set, all of which must be in `group`.
fn rules_of(
    field: &FieldDescriptor,
    rules: Option<&DynamicMessage>,
    group: &str,
) -> Result<Vec<(String, Value)>> {
    let Some(rules) = rules else { return Ok(vec![]) };
    let mut found = vec![];
    for (rule, value) in rules.fields() {
        match value {
            Value::Message(inner) if rule.name() == group => {
                found.extend(
                    inner.fields().map(|(rule, value)| (rule.name().to_owned(), value.clone())),
                );
            }
            _ => bail!("{}: {} is not understood", field.full_name(), rule.name()),
        }
    }
    Ok(found)
}

fn rust_enum_path(field: &FieldDescriptor) -> String {
    let Kind::Enum(kind) = field.kind() else { return String::new() };
    format!("{}::{}", modules(kind.package_name()), kind.name())
}

pub fn rust_path(message: &MessageDescriptor) -> String {
    format!("{}::{}", modules(message.package_name()), message.name())
}

pub fn snake_path(message: &MessageDescriptor) -> String {
    let mut snake = String::new();
    for (index, letter) in message.name().char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    format!("{}::{snake}", modules(message.package_name()))
}

fn modules(package: &str) -> String {
    format!("crate::protos::{}", package.replace('.', "::"))
}

pub fn pascal(snake: &str) -> String {
    snake.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
