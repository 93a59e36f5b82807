//! A well-formed request of every method, made of what the contract says of its fields, and where in
//! it the names are that access is about.

use std::collections::BTreeSet;

use prost_reflect::{
    DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage,
    Value,
};

use super::wire::Method;
use super::world::World;

/// Values of `google.api.field_behavior`.
const REQUIRED: i32 = 2;
const OUTPUT_ONLY: i32 = 3;
const IDENTIFIER: i32 = 8;

/// No request is deeper.
const DEPTH: usize = 5;

/// What a text looks like that must match a pattern, and whose it is does not matter.
const TEXTS: [(&str, &str); 10] = [
    ("^offers/[A-Za-z0-9._-]{1,150}$", "offers/windows-server-standard-p1y-annual-de"),
    (
        "^products/[A-Za-z0-9._-]{1,100}/skus/[A-Za-z0-9._-]{1,100}$",
        "products/windows-server-2022/skus/windows-server-2022-standard",
    ),
    ("^products/[A-Za-z0-9._-]{1,100}$", "products/windows-server-2022"),
    ("^products/[A-Za-z0-9._-]{1,150}$", "products/windows-server-2022"),
    ("^[A-Za-z0-9._-]{1,63}$", "office"),
    ("^[A-Z]{2}$", "DE"),
    ("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", "anna@northwind.example"),
    ("^[^@ ]+@[^@ ]+$", "anna@northwind.example"),
    ("^\\+?[0-9][0-9 ()./-]{3,29}$", "+49 30 123456"),
    (
        "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$",
        "contoso.example",
    ),
];

/// What the contract leaves open, and the rules do not: a field of a method by its path, and what is
/// put there.
const BESIDES: [(&str, &str, Given); 13] = [
    ("CancelOrder", "name", Given::Own("customers/{}/orders/{}")),
    ("CheckoutCart", "attestation.accepted", Given::Yes),
    ("CheckoutCart", "attestation.version", Given::Text("direct-partner-1")),
    ("CreateDownloadLink", "language", Given::Text("en")),
    ("CreateSupportRequest", "support_request.description.customer", Given::Own("customers/{}")),
    ("FindCustomers", "display_name", Given::Text("Contoso")),
    ("ListCharges", "parent", Given::Own("customers/{}/subscriptions/{}")),
    ("PlaceOrder", "attestation.accepted", Given::Yes),
    ("PlaceOrder", "attestation.version", Given::Text("direct-partner-1")),
    ("RequestRelationship", "domain", Given::Text("nobody.example")),
    ("ScheduleChange", "scheduled_change.quantity", Given::Number(3)),
    ("TransitionSubscription", "offer", Given::Text("offers/m365-e5-p1y-annual-de")),
    ("ValidateResellers", "market", Given::Text("DE")),
];

/// What cannot stand beside a slot, and what must: method, slot, the field that goes, one that comes.
const INSTEAD: [Instead; 4] = [
    ("CancelOrder", "customer", "name", Some(("product", "products/windows-server-2022"))),
    ("ListCharges", "invoice", "parent", None),
    ("TransitionSubscription", "into", "offer", None),
    ("ValidateResellers", "customer", "market", None),
];

type Instead = (&'static str, &'static str, &'static str, Option<Comes>);
type Comes = (&'static str, &'static str);

#[derive(Debug, Clone, Copy)]
enum Given {
    Text(&'static str),
    Own(&'static str),
    Number(i64),
    Yes,
}

impl Given {
    fn value(self, own: &World) -> Value {
        match self {
            Self::Text(text) => Value::String(text.to_owned()),
            Self::Own(shape) => Value::String(own.name(shape).to_owned()),
            Self::Number(number) => Value::I64(number),
            Self::Yes => Value::Bool(true),
        }
    }
}

/// A place in a request where the name of something stands that belongs to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The field, from the request on; of a list the first element is meant.
    pub path: Vec<String>,
    /// What is named: `customers/{}/orders/{}`.
    pub shape: &'static str,
}

/// Returns the places in a method's request where names stand.
pub fn slots(method: &Method) -> Vec<Slot> {
    let mut found = vec![];
    collect(&method.descriptor.input(), &[], &mut found);
    found
}

fn collect(message: &MessageDescriptor, path: &[String], found: &mut Vec<Slot>) {
    for field in message.fields().filter(|field| !is_only_answered(field)) {
        let path = [path, &[field.name().to_owned()]].concat();
        if let Some(shape) = pattern(&field).as_deref().and_then(shape) {
            found.push(Slot { path, shape });
        } else if let Kind::Message(inner) = field.kind()
            && inner.full_name().starts_with("tenure.")
            && !field.is_map()
            && path.len() < DEPTH
        {
            collect(&inner, &path, found);
        }
    }
}

/// Returns a request in which everything belongs to `own`; it is only a trial where there are trials.
pub fn request(method: &Method, own: &World) -> DynamicMessage {
    let mut request = filled(&method.descriptor.input(), own);
    for (name, path, given) in BESIDES {
        if name == method.name() {
            let path: Vec<_> = path.split('.').map(ToOwned::to_owned).collect();
            put(&mut request, &path, given.value(own), own);
        }
    }
    if let Some(field) = method.descriptor.input().get_field_by_name("validate_only") {
        request.set_field(&field, Value::Bool(true));
    }
    request
}

/// Returns the request with another name in a slot.
pub fn with(method: &Method, slot: &Slot, name: &str, own: &World) -> DynamicMessage {
    let mut request = request(method, own);
    let path = slot.path.join(".");
    for (of, beside, goes, comes) in INSTEAD {
        if (of, beside) == (method.name(), path.as_str()) {
            request.clear_field_by_name(goes);
            if let Some((field, text)) = comes {
                request.set_field_by_name(field, Value::String(text.to_owned()));
            }
        }
    }
    put(&mut request, &slot.path, Value::String(name.to_owned()), own);
    request
}

/// Returns the request in earnest: it would be done, if anybody let it.
pub fn in_earnest(mut request: DynamicMessage) -> DynamicMessage {
    request.clear_field_by_name("validate_only");
    request
}

/// Returns the request with an id that it has whenever it is made, and that no other one has.
pub fn stamped(mut request: DynamicMessage) -> DynamicMessage {
    let name = format!("{}{}", request.descriptor().full_name(), written(&request));
    let Some(field) = request.descriptor().get_field_by_name("request_id") else { return request };
    let digest = tenure::import::sha256(name.as_bytes());
    let digest = &digest[..32];
    let id = format!(
        "{}-{}-4{}-8{}-{}",
        &digest[..8],
        &digest[8..12],
        &digest[13..16],
        &digest[17..20],
        &digest[20..32]
    );
    request.set_field(&field, Value::String(id));
    request
}

/// Writes a message down, field by field, and maps in the order of their keys.
pub fn written(message: &DynamicMessage) -> String {
    let of = |value: &Value| match value.as_message() {
        Some(inner) => format!("{{{}}}", written(inner)),
        None => format!("{value:?}"),
    };
    let each = message.fields().map(|(field, value)| {
        if let Some(values) = value.as_list() {
            format!("{}{:?}", field.name(), values.iter().map(of).collect::<Vec<_>>())
        } else if let Some(values) = value.as_map() {
            let entry = |(key, value): (_, &Value)| format!("{key:?}: {}", of(value));
            format!("{}{:?}", field.name(), values.iter().map(entry).collect::<BTreeSet<_>>())
        } else {
            format!("{}={}", field.name(), of(value))
        }
    });
    each.collect::<Vec<_>>().join(" ")
}

fn put(message: &mut DynamicMessage, path: &[String], value: Value, own: &World) {
    let (name, below) = path.split_first().expect("a field");
    let field = message.descriptor().get_field_by_name(name);
    let field = field.unwrap_or_else(|| panic!("{:?} has no {name}", message.descriptor()));
    if below.is_empty() {
        message.set_field(&field, if field.is_list() { Value::List(vec![value]) } else { value });
        return;
    }
    let Kind::Message(inner) = field.kind() else { panic!("{name} has no fields") };
    if !message.has_field(&field) {
        let new = Value::Message(filled(&inner, own));
        message.set_field(&field, if field.is_list() { Value::List(vec![new]) } else { new });
    }
    let inner = message.get_field_mut(&field);
    let inner = if field.is_list() { &mut inner.as_list_mut().expect("a list")[0] } else { inner };
    put(inner.as_message_mut().expect("a message"), below, value, own);
}

/// Fills what is required.
fn filled(descriptor: &MessageDescriptor, own: &World) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields().filter(|field| has_behavior(field, REQUIRED)) {
        let value = value(&field, own);
        message.set_field(&field, if field.is_list() { Value::List(vec![value]) } else { value });
    }
    message
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a kind that is new needs an example first")]
fn value(field: &FieldDescriptor, own: &World) -> Value {
    match field.kind() {
        Kind::String => Value::String(text(field, own)),
        Kind::Bool => Value::Bool(true),
        Kind::Bytes => Value::Bytes(b"x".as_slice().into()),
        Kind::Int32 => Value::I32(1),
        Kind::Int64 => Value::I64(1),
        Kind::Enum(listed) => {
            let first = listed.values().find(|value| value.number() != 0);
            Value::EnumNumber(first.expect("a value").number())
        }
        Kind::Message(inner) => Value::Message(message(&inner, own)),
        kind => panic!("{}: no example of {kind:?}", field.full_name()),
    }
}

fn message(descriptor: &MessageDescriptor, own: &World) -> DynamicMessage {
    let mut message = filled(descriptor, own);
    let fields: &[(&str, Value)] = match descriptor.full_name() {
        "google.protobuf.Timestamp" => &[("seconds", Value::I64(own.now.as_second()))],
        "google.type.Date" => {
            &[("year", Value::I32(2026)), ("month", Value::I32(1)), ("day", Value::I32(10))]
        }
        "google.type.Money" => {
            &[("currency_code", Value::String("EUR".to_owned())), ("units", Value::I64(1))]
        }
        _ => &[],
    };
    for (name, value) in fields {
        message.set_field_by_name(name, value.clone());
    }
    message
}

fn text(field: &FieldDescriptor, own: &World) -> String {
    let Some(pattern) = pattern(field) else {
        // Whatever else is a text may be a UUID as well.
        return own.request_id.clone();
    };
    if let Some(shape) = shape(&pattern) {
        return own.name(shape).to_owned();
    }
    if pattern.contains("testClocks/") {
        return own.clock.clone();
    }
    if pattern.contains("keyImports/") {
        return format!("keyImports/{}", own.request_id);
    }
    let found = TEXTS.iter().find(|(known, _)| *known == pattern);
    found.unwrap_or_else(|| panic!("{}: no example of {pattern}", field.full_name())).1.to_owned()
}

/// Returns what a pattern's names look like, the deepest of them; `None` where it is no matter of
/// access: the catalog is everybody's, test clocks and imports of keys are the operators'.
fn shape(pattern: &str) -> Option<&'static str> {
    if ["testClocks/", "keyImports/"].iter().any(|one| pattern.contains(one)) {
        return None;
    }
    let plain = pattern.replace("[0-9a-f-]{36}", "{}").replace("[0-9]{1,18}", "{}");
    if !plain.contains("{}") {
        return None;
    }
    let plain = plain.trim_start_matches("^(").trim_start_matches('^');
    let plain = plain.trim_end_matches(")?$").trim_end_matches('$');
    let shape = match plain {
        "partners/{}" => "partners/{}",
        "customers/{}" | "customers/({}|-)" => "customers/{}",
        "customers/{}/carts/{}" => "customers/{}/carts/{}",
        "customers/{}/(orders|subscriptions)/{}" | "customers/{}/orders/{}" => {
            "customers/{}/orders/{}"
        }
        "customers/{}(/subscriptions/{}"
        | "customers/{}(/subscriptions/{})?"
        | "customers/(-|{}(/subscriptions/{})?)"
        | "customers/{}/subscriptions|transfers)/{}"
        | "customers/{}/subscriptions/{}" => "customers/{}/subscriptions/{}",
        "customers/{}/subscriptions/{}/downloadLinks/{}" => {
            "customers/{}/subscriptions/{}/downloadLinks/{}"
        }
        "customers/{}/subscriptions/{}/activations/{}" => {
            "customers/{}/subscriptions/{}/activations/{}"
        }
        "customers/{}/supportRequests/{}" => "customers/{}/supportRequests/{}",
        "customers/{}/migrations/{}" => "customers/{}/migrations/{}",
        "invoices/{}" => "invoices/{}",
        "transfers/{}" => "transfers/{}",
        "relationships/{}" => "relationships/{}",
        "entries/{}" => "entries/{}",
        other => panic!("a new kind of name: {other}"),
    };
    Some(shape)
}

fn extension(field: &FieldDescriptor, name: &str) -> ExtensionDescriptor {
    field.parent_pool().get_extension_by_name(name).expect("an option")
}

fn is_only_answered(field: &FieldDescriptor) -> bool {
    has_behavior(field, OUTPUT_ONLY) || has_behavior(field, IDENTIFIER)
}

fn has_behavior(field: &FieldDescriptor, behavior: i32) -> bool {
    let behaviors = extension(field, "google.api.field_behavior");
    let options = field.options();
    let listed = options.get_extension(&behaviors);
    let listed = listed.as_list().unwrap_or_default();
    listed.iter().any(|value| value.as_enum_number() == Some(behavior))
}

/// Returns the pattern of a text, or of the texts of a list.
fn pattern(field: &FieldDescriptor) -> Option<String> {
    let rules = extension(field, "buf.validate.field");
    let options = field.options();
    let rules = options.get_extension(&rules);
    let path: &[&str] = if field.is_list() {
        &["repeated", "items", "string", "pattern"]
    } else {
        &["string", "pattern"]
    };
    let mut at = rules.into_owned();
    for name in path {
        let inner = at.as_message()?;
        if !inner.has_field_by_name(name) {
            return None;
        }
        at = inner.get_field_by_name(name)?.into_owned();
    }
    at.as_str().map(ToOwned::to_owned)
}
