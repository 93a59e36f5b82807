//! What was seen of a database: whether it answers, whose rights the service has, and the schema.

use db::{DbError, Role, Schema, Survey, place_of};

use super::finding::Finding;
use crate::cli::ServiceName;
use crate::setup::Setup;

/// The oldest PostgreSQL that is tested.
const POSTGRES_MIN: u32 = 15;

/// Judges what was seen, or why nothing was.
pub(super) fn judge(setup: &Setup, survey: Result<Survey, DbError>) -> Vec<Finding> {
    let (service, place) = (setup.service, place_of(&setup.database.url));
    let Survey { engine: _, version, role, schema } = match survey {
        Ok(survey) => survey,
        Err(error) => return vec![unreachable(service, &place, error)],
    };
    let mut findings = vec![server(service, &place, &version, role.as_ref())];
    findings
        .extend(role.iter().map(|role| rights(service, role, &schema, setup.database.migrates)));
    findings.push(state(service, &schema, setup.database.migrates));
    findings
}

fn unreachable(service: ServiceName, place: &str, error: DbError) -> Finding {
    let remedy = if let DbError::Missing { remedy, .. } = &error {
        remedy.clone()
    } else if let DbError::Url(_) = error {
        "correct db_url: `sqlite:PATH`, or `postgres://ROLE:PASSWORD@HOST:5432/DATABASE`".to_owned()
    } else {
        "see whether it runs, whether this machine reaches it, and whether role and password in db_url are right"
            .to_owned()
    };
    let text = format!("{place}: {:#}", anyhow::Error::from(error));
    Finding::fine(service, "database", text).wrong(remedy)
}

fn server(service: ServiceName, place: &str, version: &str, role: Option<&Role>) -> Finding {
    let Some(role) = role else {
        return Finding::fine(service, "database", format!("{place}, SQLite {version}"));
    };
    let found = Finding::fine(
        service,
        "database",
        format!("{place}, PostgreSQL {version}, as {}", role.name),
    );
    let major = version.split(|c: char| !c.is_ascii_digit()).next().and_then(|it| it.parse().ok());
    if major.is_none_or(|major: u32| major < POSTGRES_MIN) {
        return found.wrong(format!(
            "bring PostgreSQL to {POSTGRES_MIN} or newer: nothing older is tested"
        ));
    }
    found
}

fn rights(service: ServiceName, role: &Role, schema: &Schema, migrates: bool) -> Finding {
    let Role { name, is_above_walls, may_create, closed_count, .. } = role;
    let found = |text: String| Finding::fine(service, "rights", text);
    if *is_above_walls {
        let text = format!(
            "{name} is a superuser or has BYPASSRLS, whom row-level security does not bind"
        );
        return found(text).wrong(
            "let the service run as a role of its own that owns its schema: CREATE ROLE … LOGIN NOSUPERUSER \
             NOBYPASSRLS PASSWORD …, then give it database or schema (ALTER DATABASE … OWNER TO …, REASSIGN \
             OWNED …), and name it in db_url",
        );
    }
    if 0 < *closed_count {
        return found(format!("{name} may not read {closed_count} of the tables")).wrong(
            "let the service run as the owner of its schema, or grant it what it lacks (for audit: \
             deploy/audit-postgres.sql)",
        );
    }
    if !may_create && !schema.missing.is_empty() && migrates {
        return found(format!("{name} may create neither tables nor the schema for them"))
            .wrong("run `tenure migrate` as the schema's owner, or let the service run as that");
    }
    let extent = if *may_create {
        "owns its schema or may make it"
    } else {
        "may use its schema and not change it"
    };
    found(format!("{name} {extent}, and is bound by row-level security"))
}

fn state(service: ServiceName, schema: &Schema, migrates: bool) -> Finding {
    let found = |text: String| Finding::fine(service, "schema", text);
    if let Err(why) = schema.check() {
        let why = why.to_string();
        let (text, remedy) = why.rsplit_once(": ").unwrap_or((&why, "start the newer program"));
        let remedy = if schema.altered.is_empty() {
            remedy.to_owned()
        } else {
            format!("if that is the schema of another service, correct db_url; if not, {remedy}")
        };
        return found(text.to_owned()).wrong(remedy);
    }
    let Schema { version, known, missing, newer, .. } = schema;
    if !missing.is_empty() {
        let found = found(format!("has version {version}, and {known} is needed"));
        return if migrates {
            found.doubtful(
                "nothing, if the service is to do it at its next start; else run `tenure migrate`",
            )
        } else {
            found.wrong("run `tenure migrate` with this configuration: the service would not start")
        };
    }
    if !newer.is_empty() {
        return found(format!("has version {version}, of a newer release; this one works with it"))
            .doubtful("go on with the upgrade, unless this release is here to stay");
    }
    found(format!("version {version}, up to date"))
}

/// Finds services that would write into each other's tables.
pub(super) fn shared(places: &[(ServiceName, String)]) -> Vec<Finding> {
    let twice = places.iter().enumerate().filter_map(|(index, (service, place))| {
        let (other, _) = places.iter().take(index).find(|(_, other)| other == place)?;
        let text = format!("{place} is also that of {}", other.name());
        let remedy = "give each service a database of its own, or a schema (`?schema=` in db_url)";
        Some(Finding::fine(*service, "database", text).wrong(remedy))
    });
    twice.collect()
}

#[cfg(test)]
mod tests;
