//! Promotions as the contracts write them, and back.

use proto::catalog as pb;
use rpc::wire;
use vocab::{Promotion, PromotionId, PromotionVersion, SkuId};

use super::{BadRecord, bad, keep, parse};

/// Writes a promotion.
pub fn promotion(promotion: &Promotion) -> pb::Promotion {
    pb::Promotion {
        id: promotion.id.to_string(),
        title: promotion.title.clone(),
        percent: promotion.percent,
        sku_ids: promotion.skus.iter().map(ToString::to_string).collect(),
        markets: promotion.markets.iter().map(ToString::to_string).collect(),
        segments: promotion.segments.iter().map(|one| wire::segment(*one).into()).collect(),
        term_lengths: promotion.terms.iter().map(ToString::to_string).collect(),
        from: Some(wire::date(promotion.from)),
        until: Some(wire::date(promotion.until)),
    }
}

/// Writes a version of a promotion.
pub fn promotion_version(version: &PromotionVersion) -> pb::PromotionVersion {
    pb::PromotionVersion {
        promotion: Some(promotion(&version.promotion)),
        effective_time: Some(wire::timestamp(version.effective_at)),
        revision: version.revision,
        withdrawn: version.is_withdrawn,
    }
}

/// Reads a promotion.
///
/// # Errors
///
/// [`BadRecord`] for the first field that is missing or not what the contract says.
pub fn read_promotion(message: &pb::Promotion) -> Result<Promotion, BadRecord> {
    let from = message.from.as_ref().ok_or_else(|| bad("from", "is missing"))?;
    let until = message.until.as_ref().ok_or_else(|| bad("until", "is missing"))?;
    if !(1..=100).contains(&message.percent) {
        return Err(bad("percent", "must be 1 to 100"));
    }
    let segments = message.segments.iter();
    let segments = segments.map(|segment| keep("segments", wire::read_segment(*segment)));
    Ok(Promotion {
        id: PromotionId(message.id.clone()),
        title: message.title.clone(),
        percent: message.percent,
        skus: message.sku_ids.iter().cloned().map(SkuId).collect(),
        markets: message
            .markets
            .iter()
            .map(|one| parse("markets", one))
            .collect::<Result<_, _>>()?,
        segments: segments.collect::<Result<_, _>>()?,
        terms: message
            .term_lengths
            .iter()
            .map(|one| parse("term_lengths", one))
            .collect::<Result<_, _>>()?,
        from: keep("from", wire::civil(from))?,
        until: keep("until", wire::civil(until))?,
    })
}

/// Reads a version of a promotion.
///
/// # Errors
///
/// [`BadRecord`].
pub fn read_promotion_version(
    message: &pb::PromotionVersion,
) -> Result<PromotionVersion, BadRecord> {
    let promotion = message.promotion.as_ref().ok_or_else(|| bad("promotion", "is missing"))?;
    let since =
        message.effective_time.as_ref().ok_or_else(|| bad("effective_time", "is missing"))?;
    Ok(PromotionVersion {
        promotion: read_promotion(promotion)?,
        effective_at: keep("effective_time", wire::instant(since))?,
        revision: message.revision,
        is_withdrawn: message.withdrawn,
    })
}
