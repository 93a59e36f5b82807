//! The hybrid benefit.

use proto::catalog as pb;
use rpc::{Fields, Violations, wire};

use super::{read_sku_name, refusal};
use crate::domain::hybrid::{Estimate, Ineligible, LABEL, Licence, LicenseUse, PERCENT_MAX};

/// Reads for which licence an estimate is asked.
pub fn estimate_hybrid_benefit(
    request: &pb::EstimateHybridBenefitRequest,
) -> Result<Licence, Violations> {
    let mut fields = Fields::of(request);
    let sku = read_sku_name(&mut fields, "sku", &request.sku);
    let given = request.virtual_machine_price.as_ref().map(wire::amount);
    let price = given.and_then(|read| fields.keep("virtual_machine_price", read));
    if price.is_some_and(|price| price.minor < 0) {
        fields.wrong("virtual_machine_price", "must not be negative");
    }
    let licence = sku.zip(price).map(|(sku, machine_price)| Licence {
        sku,
        has_software_assurance: request.software_assurance,
        machine_price,
    });
    fields.finish(licence)
}

/// Writes what a licence saves, or why it cannot be used.
pub fn hybrid_benefit(outcome: Result<Estimate, Ineligible>) -> pb::EstimateHybridBenefitResponse {
    match outcome {
        Ok(estimate) => pb::EstimateHybridBenefitResponse {
            eligible: true,
            refusal: None,
            label: LABEL.to_owned(),
            percent_max: PERCENT_MAX,
            saving_max: Some(wire::money(estimate.saving_max)),
            price_min: Some(wire::money(estimate.price_min)),
            license_use: license_use(estimate.license_use).into(),
        },
        Err(why) => pb::EstimateHybridBenefitResponse {
            refusal: Some(refusal(Ineligible::REASON, Ineligible::RULE, &why.to_string(), [])),
            ..Default::default()
        },
    }
}

const fn license_use(used: LicenseUse) -> pb::LicenseUse {
    match used {
        LicenseUse::Converted => pb::LicenseUse::Converted,
        LicenseUse::Reused => pb::LicenseUse::Reused,
    }
}
