//! What a database has of a schema, compared with what a program knows of it. Nothing is changed here.

use crate::{DbError, Migration, Stmt, Tx, sql};

/// The first line of a migration on which programs from before it can start.
const ADDITIVE: &str = "-- additive";

static HAS_VERSIONS: Stmt = Stmt {
    pg: "SELECT 1 WHERE to_regclass('schema_version') IS NOT NULL",
    lite: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'",
};

static APPLIED: Stmt = sql!("SELECT version, name, ddl FROM schema_version ORDER BY version");

/// A migration, as a database or a program names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number.
    pub version: i64,
    /// What it brings, for people.
    pub name: String,
    /// Whether programs that do not know it can work on it.
    pub is_additive: bool,
}

/// What a database has, compared with what a program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The newest version that the database has; 0 if it has none.
    pub version: i64,
    /// The newest version that the program knows; 0 if it knows none.
    pub known: i64,
    /// What the program knows and the database has not, in the order in which it is applied.
    pub missing: Vec<Step>,
    /// What the database has and the program does not know.
    pub newer: Vec<Step>,
    /// What the database has with another text than the program.
    pub altered: Vec<Step>,
}

impl Step {
    /// A migration of this program.
    pub(crate) fn of(migration: &Migration) -> Self {
        Self::named(migration.version, migration.name, migration.sql)
    }

    fn named(version: i64, name: &str, ddl: &str) -> Self {
        let is_additive = ddl.lines().next().is_some_and(|line| line.trim_end() == ADDITIVE);
        Self { version, name: name.to_owned(), is_additive }
    }
}

/// A migration as the database keeps it.
pub(crate) struct Applied {
    step: Step,
    ddl: String,
}

impl Schema {
    /// Compares what is applied with what a program knows.
    pub(crate) fn compared(applied: Vec<Applied>, known: &[Migration]) -> Self {
        let is_applied = |version| applied.iter().any(|applied| applied.step.version == version);
        let own = |version| known.iter().find(|migration| migration.version == version);
        let missing = known.iter().filter(|migration| !is_applied(migration.version));
        let missing = missing.map(Step::of).collect();
        let newest = applied.iter().map(|applied| applied.step.version).max();
        let (mut newer, mut altered) = (Vec::new(), Vec::new());
        for Applied { step, ddl } in applied {
            match own(step.version) {
                None => newer.push(step),
                Some(migration) if migration.sql != ddl => altered.push(step),
                Some(_) => {}
            }
        }
        let known = known.iter().map(|migration| migration.version).max();
        Self { version: newest.unwrap_or(0), known: known.unwrap_or(0), missing, newer, altered }
    }

    /// Lets a schema pass that a program can bring up to date, or that is newer and only has more than it
    /// knows.
    ///
    /// # Errors
    ///
    /// [`DbError::NewerSchema`], [`DbError::Altered`].
    ///
    /// Source: T-160 in `docs/rules.md`.
    pub fn check(&self) -> Result<(), DbError> {
        if let Some(unknown) = self.newer.iter().find(|step| !step.is_additive) {
            return Err(DbError::NewerSchema {
                found: self.version,
                known: self.known,
                unknown: unknown.name.clone(),
            });
        }
        match self.altered.first() {
            None => Ok(()),
            Some(Step { version, name, .. }) => {
                Err(DbError::Altered { version: *version, name: name.clone() })
            }
        }
    }

    /// Lets a schema pass on which a program can work as it is.
    ///
    /// # Errors
    ///
    /// [`DbError::OlderSchema`], and what [`check`](Self::check) refuses.
    pub fn check_complete(&self) -> Result<(), DbError> {
        self.check()?;
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(DbError::OlderSchema { found: self.version, known: self.known })
    }
}

/// Returns what a database keeps of its migrations; nothing where it was never migrated.
pub(crate) async fn applied(tx: &mut Tx) -> Result<Vec<Applied>, DbError> {
    if !has_versions(tx).await? {
        return Ok(Vec::new());
    }
    let rows = APPLIED.fetch_all(tx).await?;
    let applied = rows.iter().map(|row| {
        let (name, ddl) = (row.get::<String>(1)?, row.get::<String>(2)?);
        Ok(Applied { step: Step::named(row.get(0)?, &name, &ddl), ddl })
    });
    applied.collect()
}

pub(crate) async fn has_versions(tx: &mut Tx) -> Result<bool, DbError> {
    Ok(HAS_VERSIONS.fetch_optional(tx).await?.is_some())
}
