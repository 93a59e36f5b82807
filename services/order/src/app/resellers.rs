//! Resellers of a purchase: which are known, and what speaks against declaring them.

use std::collections::BTreeMap;

use access::Caller;
use db::Tx;
use vocab::{CustomerId, Market, PartnerId};

use super::App;
use super::scope::not_found;
use crate::domain::{
    Declaration, Partner, Place, Refused, Rejection, ResellerJudgement, Resellers, judge_resellers,
};
use crate::error::{Error, Refusals};
use crate::store;

/// What is said of a reseller that nobody knows.
const NOT_REGISTERED: &str = "names no partner that is registered here; check the id";

impl App {
    /// Tells of each reseller what speaks against it, the first one first.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Rejected`] for a partner that does not transact
    /// (PAR-1).
    pub async fn validate_resellers(
        &self,
        caller: &Caller,
        resellers: &Resellers,
        place: Place,
    ) -> Result<Vec<ResellerJudgement>, Error> {
        let mut tx = self.db.read().await?;
        let seller = self.seller(&mut tx, caller).await?;
        let market = match place {
            Place::Customer(id) => self.customer(&mut tx, caller, id).await?.facts.market,
            Place::Market(market) => market,
        };
        let known = registered(&mut tx, resellers).await?;
        Ok(self.judged_resellers(&seller, market, resellers, &known))
    }

    /// Refuses a reseller that cannot own what `partner` sold to a customer.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for one that nobody knows, [`Error::NotFound`] for a customer that is not
    /// the partner's (PAR-14), [`Error::Rejected`] with everything that speaks against it.
    ///
    /// Source: PAR-1, PAR-4, PAR-9, PAR-13.
    pub async fn check_reseller(
        &self,
        customer: CustomerId,
        partner: PartnerId,
        reseller: PartnerId,
    ) -> Result<(), Error> {
        let mut tx = self.db.read().await?;
        let found = store::customers::load(&mut tx, customer, Some(partner)).await?;
        let customer =
            found.ok_or_else(|| not_found("Customer", format!("customers/{customer}")))?;
        let seller = store::partners::load(&mut tx, partner).await?;
        let seller = seller.ok_or_else(|| not_found("Partner", format!("partners/{partner}")))?;
        seller.check_transacts()?;
        let resellers = Resellers { first: Some(reseller), additional: Vec::new() };
        let known = registered(&mut tx, &resellers).await?;
        if known.is_empty() {
            return Err(Error::wrong_fields(vec!["reseller".to_owned()], NOT_REGISTERED));
        }
        let market = customer.facts.market;
        let judged = self.judged_resellers(&seller, market, &resellers, &known);
        let against = judged.into_iter().flat_map(|one| one.refusals);
        let refused = against.map(|why| Refused { line: None, why }).collect();
        Refusals::of(refused).map_or(Ok(()), |all| Err(Error::Rejected(all)))
    }

    /// Returns everything that speaks against the resellers of a purchase.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with those that nobody knows.
    pub(super) async fn against_resellers(
        &self,
        tx: &mut Tx,
        seller: &Partner,
        market: Market,
        resellers: &Resellers,
    ) -> Result<Vec<Rejection>, Error> {
        let known = self.known_resellers(tx, resellers).await?;
        let judged = self.judged_resellers(seller, market, resellers, &known);
        Ok(judged.into_iter().flat_map(|one| one.refusals).collect())
    }

    /// Returns the partners that are named as resellers.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with those that nobody knows (PAR-9).
    pub(super) async fn known_resellers(
        &self,
        tx: &mut Tx,
        resellers: &Resellers,
    ) -> Result<BTreeMap<PartnerId, Partner>, Error> {
        let known = registered(tx, resellers).await?;
        let first = resellers.first.iter().map(|id| ("resellers.first".to_owned(), id));
        let additional = (0..).zip(&resellers.additional);
        let additional = additional
            .map(|(place, id): (usize, _)| (format!("resellers.additional[{place}]"), id));
        let unknown = first.chain(additional).filter(|(_, id)| !known.contains_key(id));
        let fields: Vec<_> = unknown.map(|(field, _)| field).collect();
        if fields.is_empty() {
            return Ok(known);
        }
        Err(Error::wrong_fields(fields, NOT_REGISTERED))
    }

    fn judged_resellers(
        &self,
        seller: &Partner,
        market: Market,
        resellers: &Resellers,
        known: &BTreeMap<PartnerId, Partner>,
    ) -> Vec<ResellerJudgement> {
        let count_max = self.policy.reseller_count_max;
        judge_resellers(&Declaration { seller, market, resellers, known, count_max })
    }
}

/// Returns those of the resellers that are registered.
async fn registered(
    tx: &mut Tx,
    resellers: &Resellers,
) -> Result<BTreeMap<PartnerId, Partner>, Error> {
    let ids: Vec<PartnerId> = resellers.all().collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = store::partners::load_many(tx, &ids).await?;
    Ok(found.into_iter().map(|partner| (partner.id, partner)).collect())
}
