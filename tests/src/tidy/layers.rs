//! Who may call whom inside a service: the table of ARCHITECTURE.md, as data.
//!
//! Not here: what crates may depend on (`manifests`). Test files may name every room.

use super::{
    assert_clean,
    code::Code,
    paths::{Named, named, tokens},
    tree::{File, files_with},
};

/// What a room may name, besides itself.
enum May {
    /// All of a room or crate.
    Use(&'static str),
    /// Types and constants of a room, but no function: a path with a capital in it.
    Types(&'static str),
    /// Only these items of a crate.
    Only(&'static str, &'static [&'static str]),
}
use May::{Only, Types, Use};

/// The services that have the rooms; `tenure`, the binary, has none.
const SERVICES: [&str; 5] = ["catalog", "order", "lifecycle", "license-key", "audit"];

/// The table. What it governs and does not grant is refused.
const TABLE: [(&str, &[May]); 7] = [
    ("domain", &[]),
    (
        "store",
        &[
            Types("domain"),
            Use("db"),
            Use("sqlx"),
            // The text of a table, which belongs into the migrations.
            Only("clock", &["TEST_CLOCKS"]),
            Use(SQL),
            Use(ASYNC),
            Use(OUTSIDE),
        ],
    ),
    (
        "app",
        &[
            Use("domain"),
            Use("store"),
            Use("peers"),
            Use("clock"),
            Only("db", &["Db", "Tx"]),
            Use(ASYNC),
            Use(OUTSIDE),
        ],
    ),
    ("convert", &[Types("domain"), Use("proto"), Use(OUTSIDE)]),
    (
        "service",
        &[Use("app"), Use("convert"), Use("proto"), Use("tonic"), Use(ASYNC), Use(OUTSIDE)],
    ),
    ("timers", &[Use("app"), Use(ASYNC), Use(OUTSIDE)]),
    (
        "peers",
        &[Types("domain"), Use("convert"), Use("proto"), Use("tonic"), Use(ASYNC), Use(OUTSIDE)],
    ),
];

/// `async fn`, `async` blocks and `.await`.
const ASYNC: &str = "async";
/// A string that is a statement.
const SQL: &str = "SQL text";
/// What only the quiet room has no window to.
const OUTSIDE: &str = "the outside";

/// Crates that the table governs, by the name of their column.
const CRATES: [(&str, &[&str]); 6] = [
    ("clock", &["clock"]),
    ("db", &["db"]),
    ("sqlx", &["sqlx"]),
    ("proto", &["proto", "pb", "prost", "prost_types"]),
    ("tonic", &["tonic", "tonic_types", "tower", "http"]),
    (
        OUTSIDE,
        &[
            "access",
            "boot",
            "journal",
            "mailbox",
            "price_list",
            "replay",
            "rpc",
            "tokio",
            "tokio_stream",
            "tracing",
            "worker",
        ],
    ),
];

const STATEMENTS: [&str; 5] = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "WITH "];

#[test]
fn rooms_name_only_what_the_table_grants() {
    let findings: Vec<_> = files_with("rs").iter().flat_map(check).collect();
    assert_clean(&findings, "ARCHITECTURE.md says who may call whom");
}

fn check(file: &File) -> Vec<String> {
    let Some(module) = module_of(file) else { return Vec::new() };
    let Some((room, grants)) = TABLE.iter().find(|(room, _)| module.first() == Some(room)) else {
        return Vec::new();
    };
    let source = Code::of(&file.text);
    let paths = named(&source.code, &module);

    let mut refused: Vec<(usize, String)> = paths
        .iter()
        .filter(|path| !is_granted(room, grants, path))
        .map(|path| (path.line, path.text()))
        .collect();
    if !has(grants, ASYNC) {
        let waits =
            tokens(&source.code).into_iter().filter(|(_, t)| matches!(*t, "async" | "await"));
        refused.extend(waits.map(|(line, token)| (line, token.to_owned())));
    }
    if !has(grants, SQL) {
        let statements = source.strings.iter().filter(|(_, text)| is_statement(text));
        refused.extend(statements.map(|(line, _)| (*line, SQL.to_owned())));
    }
    refused.sort();
    refused.dedup();
    let finding = |(line, what)| format!("{}:{line}: `{room}` may not name {what}", file.path);
    refused.into_iter().map(finding).collect()
}

/// Returns where a source of a service stands, from the crate's root; tests stand nowhere.
fn module_of(file: &File) -> Option<Vec<&str>> {
    let (service, source) = file.path.strip_prefix("services/")?.split_once("/src/")?;
    let is_governed = SERVICES.contains(&service) && !file.is_test();
    is_governed.then(|| source.trim_end_matches(".rs").split('/').collect())
}

fn is_granted(room: &str, grants: &[May], path: &Named) -> bool {
    let names: Vec<_> = path.segments.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["crate", "*", ..] => false,
        ["crate", other, ..] if *other == room || !TABLE.iter().any(|(name, _)| name == other) => {
            true
        }
        ["crate", other, rest @ ..] => grants.iter().any(|may| covers(may, other, rest)),
        [first, rest @ ..] => match CRATES.iter().find(|(_, crates)| crates.contains(first)) {
            Some((column, _)) => grants.iter().any(|may| covers(may, column, rest)),
            None => true,
        },
        [] => true,
    }
}

fn covers(may: &May, what: &str, rest: &[&str]) -> bool {
    match may {
        Use(name) => *name == what,
        // The room alone is what `use crate::domain;` brings in; what is then taken from it is
        // looked at where that happens.
        Types(name) => *name == what && (rest.is_empty() || rest.iter().any(|name| is_type(name))),
        Only(name, items) => {
            *name == what && rest.first().is_none_or(|first| items.contains(first))
        }
    }
}

fn has(grants: &[May], what: &str) -> bool {
    grants.iter().any(|may| matches!(may, Use(name) if *name == what))
}

fn is_type(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

fn is_statement(text: &str) -> bool {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    STATEMENTS.iter().any(|statement| words.starts_with(statement))
}

#[test]
fn each_forbidden_name_is_found() {
    for (path, text) in [
        ("domain.rs", "use crate::store;"),
        ("domain/cancel.rs", "use super::super::app::App;"),
        ("domain/cancel.rs", "use crate::*;"),
        ("domain.rs", "fn f(clock: &clock::Clock) {}"),
        ("domain.rs", "let x: db::Tx;"),
        ("domain.rs", "pub async fn f() {}"),
        ("domain.rs", "f().await"),
        ("domain.rs", "tokio::spawn(f)"),
        ("domain.rs", "let pb::Order { .. } = order;"),
        ("store/orders.rs", "use crate::{app, domain::Order};"),
        ("store/orders.rs", "use crate::domain::cancel;"),
        ("store/orders.rs", "use crate::domain;\nlet c = domain::cancel::decide(x);"),
        ("store/orders.rs", "tonic::Status::ok()"),
        ("store/orders.rs", "clock.now(clock::Clock::now)"),
        ("app/place.rs", "use tonic::Status;"),
        ("app/place.rs", "use db::Row;"),
        ("app/place.rs", "query(\"\n  SELECT 1\");"),
        ("app/place.rs", "use crate::convert::order;"),
        ("convert.rs", "use crate::store::Order;"),
        ("convert/order.rs", "use crate::domain::total;"),
        ("convert.rs", "use tonic::Request;"),
        ("service/orders.rs", "use crate::domain::Order;"),
        ("service/orders.rs", "sqlx::query(x)"),
        ("timers.rs", "use crate::store;"),
        ("timers.rs", "use proto::order::v1 as pb;"),
        ("peers.rs", "use crate::app::App;"),
        ("peers.rs", "let tx: db::Tx;"),
    ] {
        let file = File::new(&format!("services/order/src/{path}"), text);
        assert_eq!(check(&file).len(), 1, "{path}: {text}: {:?}", check(&file));
    }
}

#[test]
fn what_the_table_grants_is_not_found() {
    for (path, text) in [
        (
            "domain.rs",
            "//! Not `crate::store`.\nuse vocab::Money; // nor db::Tx\nlet a = \"tonic::\";",
        ),
        ("domain/cancel.rs", "use super::Order;\nuse crate::domain::*;\nself.store.load()"),
        (
            "store.rs",
            "use crate::domain::{Order, order::State};\nuse db::{Tx, query};\n\"SELECT 1\"",
        ),
        ("store.rs", "use crate::domain;\nlet x: domain::Order = domain::order::Order::new();"),
        ("app/place.rs", "use crate::{domain, error::Error, store};\nuse db::{Db, Tx};\nasync {}"),
        ("convert.rs", "use proto::order::v1 as pb;\nuse crate::domain::order::Order;"),
        ("service.rs", "use crate::{app::App, convert};\nuse tonic::Request;\ntx.await"),
        ("timers.rs", "use crate::app::App;\nuse worker::Rest;\nasync fn f() {}"),
        ("peers.rs", "use crate::{convert, domain::Order};\nuse proto::order::v1 as pb;"),
        ("lib.rs", "use crate::{app, store};\nuse tonic::Status;"),
        ("domain/cancel/tests.rs", "use crate::store;"),
        ("tests/wire.rs", "use tonic::Status;"),
    ] {
        let file = File::new(&format!("services/order/src/{path}"), text);
        assert_eq!(check(&file), Vec::<String>::new(), "{path}: {text}");
    }
}
