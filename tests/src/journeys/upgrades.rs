//! Rolling upgrades: a process of the last release goes on working while the schema is that of this one. What
//! its statements rely on is written down in `deploy/released`, and has to hold still.
//!
//! How the tests of an older revision are run on the present schema says docs/operations.md.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rstest::rstest;
use testkit::Backend;

use super::harness::fleet::Service;
use super::harness::house::House;

/// Constraints that came after the last release, each with the reason why none of its processes violates them.
const HARMLESS: [(&str, &str); 0] = [];

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn t_179_what_the_last_release_relies_on_still_holds(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let mut broken = vec![];
    for service in Service::ALL {
        let present = testkit::schema_of(&house.url(service)).await;
        let record = record(service, backend);
        if is_release() {
            let text: Vec<_> = present.iter().map(String::as_str).collect();
            std::fs::write(&record, text.join("\n") + "\n").expect("a record");
        }
        let released = std::fs::read_to_string(&record)
            .unwrap_or_else(|_| panic!("{} is missing", record.display()));
        let released = released.lines().map(ToOwned::to_owned).collect();
        broken.extend(breaks(&released, &present).into_iter().map(|line| (service, line)));
    }
    assert!(broken.is_empty(), "the last release cannot go on working: {broken:#?}");
    house.suite.stop().await.unwrap();
}

fn record(service: Service, backend: Backend) -> PathBuf {
    let engine = match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/released");
    folder.join(format!("{}.{engine}.txt", service.name()))
}

/// Whether the records are to be written anew, as with each release.
#[expect(clippy::disallowed_methods, reason = "only who releases knows")]
fn is_release() -> bool {
    std::env::var("TENURE_RELEASE").is_ok()
}

/// Returns what statements of the last release run into.
fn breaks(released: &BTreeSet<String>, present: &BTreeSet<String>) -> Vec<String> {
    let columns = |of: &BTreeSet<String>| -> Vec<Column> {
        of.iter().filter_map(|line| Column::of(line)).collect()
    };
    let (old, new) = (columns(released), columns(present));
    let table_of = |line: &str| line.split([' ', '.']).nth(1).unwrap_or_default().to_owned();
    let tables: BTreeSet<_> = released.iter().map(|line| table_of(line)).collect();
    let changed = old.iter().filter(|before| !new.iter().any(|after| after.serves(before)));
    let added = new.iter().filter(|column| {
        let is_new = !old.iter().any(|before| before.name == column.name);
        is_new
            && tables.contains(&table_of(&format!("column {}", column.name)))
            && column.must_be_given()
    });
    // `ON CONFLICT` names what is unique, and fails without it.
    let gone = released.difference(present).filter(|line| line.starts_with("unique "));
    let stricter = present.difference(released).filter(|line| {
        !line.starts_with("column ")
            && tables.contains(&table_of(line))
            && !HARMLESS.iter().any(|(harmless, _)| harmless == line)
    });
    changed
        .map(|column| format!("{} is not what it was", column.name))
        .chain(added.map(|column| format!("{} cannot be left out", column.name)))
        .chain(gone.map(|line| format!("gone: {line}")))
        .chain(stricter.map(|line| format!("new: {line}")))
        .collect()
}

/// A column, as its line tells it.
#[derive(Debug)]
struct Column {
    name: String,
    kind: String,
    is_required: bool,
    has_default: bool,
}

impl Column {
    fn of(line: &str) -> Option<Self> {
        let (name, rest) = line.strip_prefix("column ")?.split_once(' ')?;
        let (kind, has_default) =
            rest.strip_suffix(" default").map_or((rest, false), |kind| (kind, true));
        let (kind, is_required) =
            kind.strip_suffix(" not null").map_or((kind, false), |kind| (kind, true));
        Some(Self { name: name.to_owned(), kind: kind.to_owned(), is_required, has_default })
    }

    /// Whether statements that know `before` can go on reading and writing. What may be NULL now may be read
    /// by somebody who never saw one; what must not be any more may be written so.
    fn serves(&self, before: &Self) -> bool {
        self.name == before.name
            && self.kind == before.kind
            && self.is_required == before.is_required
            && (self.has_default || !before.has_default)
    }

    fn must_be_given(&self) -> bool {
        self.is_required && !self.has_default
    }
}

#[rstest]
#[case::nothing("", "", &[])]
#[case::a_column_that_may_be_left_out("", "column t.b text", &[])]
#[case::a_column_with_a_default("", "column t.b text not null default", &[])]
#[case::a_column_that_must_be_given("", "column t.b text not null", &["t.b cannot be left out"])]
#[case::a_table("", "column u.a text not null|unique u (a)", &[])]
#[case::a_column_is_gone("column t.b text", "", &["t.b is not what it was"])]
#[case::another_type("column t.b text", "column t.b bigint", &["t.b is not what it was"])]
#[case::null_comes("column t.b text not null", "column t.b text", &["t.b is not what it was"])]
#[case::null_goes("column t.b text", "column t.b text not null default", &["t.b is not what it was"])]
#[case::a_default_comes("column t.b text", "column t.b text default", &[])]
#[case::a_default_goes("column t.b text default", "column t.b text", &["t.b is not what it was"])]
#[case::a_constraint_comes("", "check t CHECK (a > 0)", &["new: check t CHECK (a > 0)"])]
#[case::a_check_goes("check t CHECK (a > 0)", "", &[])]
#[case::a_key_goes("unique t (b)", "", &["gone: unique t (b)"])]
fn t_179_what_old_statements_run_into(
    #[case] released: &str,
    #[case] present: &str,
    #[case] expected: &[&str],
) {
    let schema = |lines: &str| -> BTreeSet<String> {
        let lines = lines.split('|').filter(|line| !line.is_empty()).map(ToOwned::to_owned);
        lines.chain(["column t.a text not null".to_owned()]).collect()
    };
    assert_eq!(breaks(&schema(released), &schema(present)), expected);
}
