//! What a list of products or offers is narrowed to. Conditions combine with AND (CAT-3).

use jiff::Timestamp;
use vocab::{
    BillingType, Category, Currency, Market, Offer, OfferId, PartnerId, ProductId, ProductKind,
    PublisherType, Segment, SkuId, TermLength,
};

use super::product::SkuName;

/// Which products.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductQuery {
    /// Of this kind.
    pub kind: Option<ProductKind>,
    /// Published by such a publisher.
    pub publisher_type: Option<PublisherType>,
    /// Billed this way.
    pub billing_type: Option<BillingType>,
    /// Of this category.
    pub category: Option<Category>,
}

/// Which offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferQuery {
    /// What their product must be.
    pub of: ProductQuery,
    /// Of this product.
    pub product: Option<ProductId>,
    /// Of this SKU.
    pub sku: Option<SkuId>,
    /// Sold here.
    pub market: Option<Market>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// To this segment.
    pub segment: Option<Segment>,
    /// That they may see.
    pub viewer: Viewer,
}

/// Who looks at offers: some are there for the partners alone that may sell them (CAT-7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Viewer {
    /// Operators and services.
    #[default]
    Everything,
    /// Somebody at a partner.
    Partner(PartnerId),
    /// Who sells nothing, such as a customer.
    Nobody,
}

impl Viewer {
    /// Whether they see an offer.
    pub fn sees(self, offer: &Offer) -> bool {
        match self {
            Self::Everything => true,
            Self::Partner(partner) => offer.restrictions.admits(partner),
            Self::Nobody => offer.restrictions.exclusive_to.is_empty(),
        }
    }
}

/// Which upgrade paths, and what their prices are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathQuery {
    /// Of this SKU.
    pub sku: SkuName,
    /// Prices of this market; of all if there is none.
    pub market: Option<Market>,
    /// Prices in this currency; in all if there is none.
    pub currency: Option<Currency>,
    /// As at this instant; now if there is none.
    pub at: Option<Timestamp>,
}

/// Which promotions, and for what they are judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromotionQuery {
    /// Judged for this offer, of whose SKU they then are; only by their days if there is none.
    pub offer: Option<OfferId>,
    /// Judged for a customer of this segment; of any to whom the offer is sold if there is none.
    pub customer: Option<Segment>,
    /// For this SKU.
    pub sku: Option<SkuId>,
    /// For this market.
    pub market: Option<Market>,
    /// For this segment.
    pub segment: Option<Segment>,
    /// For this term.
    pub term: Option<TermLength>,
    /// For a term that starts at this instant; now if there is none.
    pub at: Option<Timestamp>,
}
