//! Looks at a database as it is, and changes nothing: what kind of server, whose rights, which schema. What
//! is wrong with that is for others to say.

use jiff::Timestamp;

use crate::{Db, DbError, Engine, Migration, Schema, Stmt, Tx, schema, url::Target};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Which database.
    pub engine: Engine,
    /// Its version, as it says it: `17.5`, `3.50.2`.
    pub version: String,
    /// As whom it was asked; `None` on SQLite, which knows nobody.
    pub role: Option<Role>,
    /// How it compares with what the program knows.
    pub schema: Schema,
}

/// As whom a PostgreSQL is asked, and what that role may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Whether walls do not bind it: a superuser, or one with `BYPASSRLS`.
    pub is_above_walls: bool,
    /// Whether it may create tables where the tables are, or the schema for them.
    pub may_create: bool,
    /// Tables that it may not read.
    pub closed_count: i64,
    /// What the server's clock shows.
    pub now: Timestamp,
    /// How many connections the server takes, from everybody.
    pub connections_max: i64,
}

static VERSION: Stmt =
    Stmt { pg: "SELECT current_setting('server_version')", lite: "SELECT sqlite_version()" };

/// A schema that is not there is made by whoever may create one in the database.
static ROLE: Stmt = Stmt {
    pg: "SELECT r.rolname::text, r.rolsuper OR r.rolbypassrls,
           CASE WHEN current_schema() IS NULL
             THEN has_database_privilege(current_database(), 'CREATE')
             ELSE has_schema_privilege(current_schema(), 'CREATE') END,
           (SELECT count(*) FROM pg_tables AS t WHERE t.schemaname = current_schema()
             AND NOT has_table_privilege(format('%I.%I', t.schemaname, t.tablename), 'SELECT')),
           clock_timestamp(), current_setting('max_connections')::bigint
         FROM pg_roles AS r WHERE r.rolname = current_user",
    lite: "SELECT 1 WHERE FALSE",
};

impl Db {
    /// Looks at the database of a URL; an SQLite file that is not there stays so, and counts as an empty
    /// one.
    ///
    /// # Errors
    ///
    /// [`DbError::Url`], [`DbError::Missing`], [`DbError::Unavailable`] if there is nothing to look at.
    pub async fn survey(url: &str, migrations: &[Migration]) -> Result<Survey, DbError> {
        let target = Target::parse(url)?;
        if target.file.as_ref().is_some_and(|file| !file.exists()) {
            return Ok(Survey {
                engine: target.engine,
                version: "without a file yet".to_owned(),
                role: None,
                schema: Schema::compared(Vec::new(), migrations),
            });
        }
        let db = Self::of(&target);
        let surveyed = surveyed(&db, migrations).await;
        db.close().await;
        surveyed
    }
}

async fn surveyed(db: &Db, migrations: &[Migration]) -> Result<Survey, DbError> {
    let mut tx = db.read().await?;
    let version = VERSION.fetch_one(&mut tx).await?.get(0)?;
    let role = role(&mut tx).await?;
    let applied = schema::applied(&mut tx).await?;
    let schema = Schema::compared(applied, migrations);
    Ok(Survey { engine: db.engine(), version, role, schema })
}

async fn role(tx: &mut Tx) -> Result<Option<Role>, DbError> {
    let found = ROLE.fetch_optional(tx).await?;
    let role = found.map(|row| {
        Ok(Role {
            name: row.get(0)?,
            is_above_walls: row.get(1)?,
            may_create: row.get(2)?,
            closed_count: row.get(3)?,
            now: row.get(4)?,
            connections_max: row.get(5)?,
        })
    });
    role.transpose()
}
