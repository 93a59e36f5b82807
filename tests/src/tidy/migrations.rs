//! Migrations that say that they are additive are: programs from before start on them (T-160).
//!
//! Not here: whether the texts are SQL, which every test of a service shows.

use super::{
    assert_clean,
    tree::{File, files_with},
};

/// What a program from before may stumble over: something that it uses is gone or another, or what it
/// writes is refused.
const MORE_THAN_ADDITIVE: [&str; 9] = [
    "DROP ",
    "RENAME ",
    "ALTER COLUMN ",
    "ADD CONSTRAINT ",
    "UNIQUE INDEX ",
    "TRIGGER ",
    "UPDATE ",
    "DELETE ",
    "INSERT ",
];

#[test]
fn t_160_what_is_called_additive_only_adds() {
    let findings: Vec<_> = files_with("sql").iter().flat_map(check).collect();
    assert_clean(&findings, "leave `-- additive` out, or do less in this migration");
}

fn check(file: &File) -> Vec<String> {
    if !file.text.starts_with("-- additive\n") {
        return Vec::new();
    }
    let lines = file.text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let text = lines.collect::<Vec<_>>().join("\n").to_uppercase();
    let mut findings = Vec::new();
    for statement in text.split(';').map(str::trim) {
        for word in MORE_THAN_ADDITIVE {
            if statement.contains(word) {
                findings.push(format!("{}: `{}` is more than additive", file.path, word.trim()));
            }
        }
        let is_demanded = statement.contains("NOT NULL") && !statement.contains("DEFAULT");
        if statement.contains("ADD COLUMN") && is_demanded {
            let path = &file.path;
            findings
                .push(format!("{path}: a column that programs from before leave out is demanded"));
        }
    }
    findings
}

#[test]
fn each_step_that_is_more_than_additive_is_found() {
    for (statement, expected) in [
        ("CREATE TABLE t (n {int} NOT NULL) {strict}; CREATE INDEX i ON t (n)", 0),
        ("ALTER TABLE t ADD COLUMN n {int}", 0),
        ("ALTER TABLE t ADD COLUMN n {int} NOT NULL DEFAULT 0", 0),
        ("ALTER TABLE t ADD COLUMN n {int} NOT NULL", 1),
        ("ALTER TABLE t DROP COLUMN n; ALTER TABLE t RENAME TO u", 2),
        ("CREATE UNIQUE INDEX i ON t (n)", 1),
        ("update t set n = 1", 1),
        ("-- what was DROPPED\nCREATE TABLE t (updated_at {ts})", 0),
    ] {
        let marked =
            File::new("services/x/migrations/1.sql", &format!("-- additive\n{statement};"));
        assert_eq!(check(&marked).len(), expected, "{statement}");
        let unmarked = File::new("services/x/migrations/1.sql", statement);
        assert!(check(&unmarked).is_empty());
    }
}
