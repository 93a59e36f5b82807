//! Suites.

use proto::catalog as pb;
use rpc::filter::Condition;
use rpc::{Fields, Violations};

use super::{conditions, set};
use crate::domain::suite::{Persona, Sector, Suite, SuiteQuery};

const FIELDS: [&str; 2] = ["persona", "sector"];

/// Reads which suites are asked for.
pub fn list_suites(request: &pb::ListSuitesRequest) -> Result<SuiteQuery, Violations> {
    let mut fields = Fields::of(request);
    let mut query = SuiteQuery::default();
    for condition in conditions(&mut fields, &request.filter, &FIELDS) {
        let read = take(&mut query, &condition);
        fields.keep("filter", read);
    }
    fields.finish(Some(query))
}

fn take(query: &mut SuiteQuery, condition: &Condition) -> Result<(), String> {
    match condition.field.as_str() {
        "persona" => set(&mut query.persona, condition, str::parse),
        _ => set(&mut query.sector, condition, str::parse),
    }
}

/// Returns what the next page of a list comes after.
pub fn suite_key(suite: &Suite) -> String {
    suite.key()
}

/// Writes a suite.
pub fn suite(suite: &Suite) -> pb::Suite {
    pb::Suite {
        name: suite.name.clone(),
        sector: sector(suite.sector).into(),
        persona: persona(suite.persona).into(),
        max_seats: suite.max_seats.unwrap_or_default(),
        closed_to_new_purchase: suite.is_closed_to_new_purchase,
    }
}

const fn sector(sector: Sector) -> pb::Sector {
    match sector {
        Sector::CommercialEnterprise => pb::Sector::CommercialEnterprise,
        Sector::CommercialSmb => pb::Sector::CommercialSmb,
        Sector::Government => pb::Sector::Government,
        Sector::Education => pb::Sector::Education,
    }
}

const fn persona(persona: Persona) -> pb::Persona {
    match persona {
        Persona::InformationWorker => pb::Persona::InformationWorker,
        Persona::FrontlineWorker => pb::Persona::FrontlineWorker,
    }
}
