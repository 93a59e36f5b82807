//! What lifecycle says in advance: told in the review and before an order is accepted, and never needed.

use std::collections::BTreeMap;

use access::Claims;
use proto::common::Refusal;
use proto::order as pb;
use proto::order::inbox_service_server::InboxService;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::{Code, Status};
use vocab::{Offer, ProductKind, Restrictions, SkuId, Workload};

use super::house::{
    House, Shop, a_customer, a_partner, call, checkout_of, line, metadata, reason, refusals,
    stranger,
};
use super::stub::Limits;
use crate::domain::tests::{a_suite, an_offer, market};

/// A suite of its own SKU.
fn suite(sku: &str, restrictions: Restrictions) -> Offer {
    Offer { sku: SkuId(sku.to_owned()), restrictions, ..a_suite(sku) }
}

pub fn said(reason: &str) -> Refusal {
    Refusal {
        reason: reason.to_owned(),
        rule: format!("RULE-OF-{reason}"),
        message: format!("no: {reason}; do something else"),
        metadata: [("sku".to_owned(), "suite".to_owned())].into(),
    }
}

impl House {
    /// Lets lifecycle say of SKUs what limits say.
    pub fn limits(&self, of: &[(&str, &[&str])]) {
        let of = of.iter().map(|(sku, reasons)| {
            ((*sku).to_owned(), reasons.iter().map(|reason| said(reason)).collect())
        });
        self.stub.script().limits = Limits(Ok(of.collect::<BTreeMap<_, _>>()));
    }

    pub fn lifecycle_is_away(&self) {
        self.stub.script().limits = Limits(Err(Status::unavailable("away")));
    }

    async fn judge_offers(
        &self,
        customer: &str,
        partner: &str,
        offers: &[&str],
    ) -> Result<Vec<Option<Refusal>>, Status> {
        let message = pb::JudgeOffersRequest {
            customer: customer.to_owned(),
            partner: partner.to_owned(),
            offers: offers.iter().map(|offer| format!("offers/{offer}")).collect(),
        };
        let request = call(&Claims::service("catalog"), "InboxService/JudgeOffers", message)?;
        let answer = self.service.judge_offers(request).await?.into_inner();
        Ok(answer.offers.into_iter().map(|offer| offer.refusal).collect())
    }
}

async fn open(backend: Backend) -> (House, Shop) {
    let (house, shop) = House::open(backend).await;
    house
        .sells(vec![
            suite("base", Restrictions::default()),
            suite("copilot", Restrictions::default()),
        ])
        .await;
    (house, shop)
}

#[rstest]
#[tokio::test]
async fn ord_4_the_review_shows_what_limits_say_beside_everything_else(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    house.limits(&[("copilot", &["BASE_REQUIRED", "TENANT_SUBSCRIPTION_LIMIT"]), ("base", &[])]);
    let lines = vec![line("copilot", 301), line("nothing", 1), line("base", 1), line("server", 1)];
    let cart = house.cart(&shop, lines).await.unwrap();

    let review = house.review(&shop.agent, &cart).await.unwrap();

    let of_line = |line: &pb::LineReview| -> Vec<String> {
        line.refusals.iter().map(|one| one.reason.clone()).collect()
    };
    let reasons: Vec<Vec<String>> = review.lines.iter().map(of_line).collect();
    let expected: [&[&str]; 4] = [
        &["SEAT_LIMIT", "BASE_REQUIRED", "TENANT_SUBSCRIPTION_LIMIT"],
        &["NOT_TRANSACTABLE_HERE"],
        &[],
        &[],
    ];
    assert_eq!(reasons, expected);
    assert!(!review.ready);
    // All lines that are sold, in one question.
    let asked = house.stub.script().judged.clone();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].customer.as_str(), asked[0].partner.as_str()),
        (&*shop.customer, &*shop.partner)
    );
    let seats: Vec<_> = asked[0].orders[0].lines.iter().map(|line| line.quantity).collect();
    assert_eq!(seats, [301, 1, 1]);
}

#[rstest]
#[tokio::test]
async fn ord_4_an_order_is_refused_early_with_every_reason(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    house.limits(&[("base", &["ALREADY_OWNED_SINGLE"]), ("copilot", &["BASE_SEATS_NOT_MET"])]);
    let lines = vec![line("server", 1), line("base", 1), line("copilot", 5)];
    let cart = house.cart(&shop, lines.clone()).await.unwrap();

    let placed = house.place(&shop.agent, shop.order(house.id(), lines)).await.unwrap_err();
    let checked = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap_err();

    for refused in [placed, checked] {
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(reason(&refused), "ALREADY_OWNED_SINGLE");
        assert_eq!(
            (metadata(&refused, "rule"), metadata(&refused, "line")),
            ("RULE-OF-ALREADY_OWNED_SINGLE".into(), "1".into())
        );
        let all: Vec<_> = refusals(&refused).into_iter().map(|(reason, _)| reason).collect();
        assert_eq!(all, ["ALREADY_OWNED_SINGLE", "BASE_SEATS_NOT_MET"]);
    }
    assert!(house.started().await.is_empty());
}

#[rstest]
#[case::ent_1_the_tenants_limit("TENANT_SUBSCRIPTION_LIMIT", Code::ResourceExhausted)]
#[case::cat_9_the_seats_of_a_customer("SEAT_LIMIT", Code::ResourceExhausted)]
#[case::trp_42_a_suspended_one("EXISTING_SUSPENDED", Code::FailedPrecondition)]
#[case::qty_1_too_few("MIN_ADDON_SEATS", Code::FailedPrecondition)]
#[case::cat_16_something_first("PREREQUISITE_REQUIRED", Code::FailedPrecondition)]
#[tokio::test]
async fn a_limit_has_the_code_of_its_reason(#[case] why: &str, #[case] code: Code) {
    let (house, shop) = open(Backend::Sqlite).await;
    house.limits(&[("base", &[why])]);
    let refused =
        house.place(&shop.agent, shop.order(house.id(), vec![line("base", 1)])).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (code, why));
}

/// A lifecycle that does not answer decides when the order starts.
#[rstest]
#[tokio::test]
async fn ord_4_lifecycle_decides_anyway(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    house.lifecycle_is_away();
    let cart = house.cart(&shop, vec![line("base", 1)]).await.unwrap();
    assert!(house.review(&shop.agent, &cart).await.unwrap().ready);
    house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap();
    house.place(&shop.agent, shop.order(house.id(), vec![line("base", 1)])).await.unwrap();
    assert_eq!(house.started().await.len(), 2);
}

/// What lifecycle says is passed on as it came, even if order has never heard of it.
#[rstest]
#[tokio::test]
async fn ord_4_a_reason_that_is_new_here_is_told_as_it_came(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    house.limits(&[("base", &["A_REASON_OF_TOMORROW"])]);
    let cart = house.cart(&shop, vec![line("base", 1)]).await.unwrap();
    let review = house.review(&shop.agent, &cart).await.unwrap();
    assert_eq!(review.lines[0].refusals, [said("A_REASON_OF_TOMORROW")]);
    let refused = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "A_REASON_OF_TOMORROW");
    assert_eq!(metadata(&refused, "rule"), "RULE-OF-A_REASON_OF_TOMORROW");
    assert_eq!(metadata(&refused, "sku"), "suite");
}

/// What an order started must not speak against its own repetition.
#[rstest]
#[tokio::test]
async fn d_28_a_retry_is_answered_and_not_judged_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    let request = shop.order(house.id(), vec![line("base", 1)]);
    let placed = house.place(&shop.agent, request.clone()).await.unwrap();
    house.limits(&[("base", &["ALREADY_OWNED_SINGLE"])]);
    assert_eq!(house.place(&shop.agent, request).await.unwrap(), placed);
}

#[rstest]
#[tokio::test]
async fn ord_4_what_no_limit_is_about_asks_nobody(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    house.place(&shop.agent, shop.order(house.id(), vec![line("server", 9)])).await.unwrap();
    assert!(house.stub.script().judged.is_empty());
}

fn only(restrict: fn(&mut Restrictions)) -> Restrictions {
    let mut restrictions = Restrictions::default();
    restrict(&mut restrictions);
    restrictions
}

#[rstest]
#[tokio::test]
async fn cat_5_every_offer_has_one_reason_or_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    let other = house.partner(a_partner()).await;
    let rpc::name::Partner(other) = other.parse().unwrap();
    let exclusive = Restrictions { exclusive_to: [other].into(), ..Restrictions::default() };
    let abroad = only(|it| it.unsupported_markets = [market("DE")].into());
    let trial =
        Offer { is_trial: true, min_quantity: 25, ..suite("trial", Restrictions::default()) };
    house
        .sells(vec![
            suite("exclusive", exclusive),
            suite("abroad", abroad),
            suite("outside", only(|it| it.is_outside_csp = true)),
            suite("machines", only(|it| it.runs_on = Some(Workload::Apps))),
            Offer {
                kind: ProductKind::LicenseLegacy,
                ..suite("traditional", only(|it| it.is_add_on = true))
            },
            suite("owned", Restrictions::default()),
            suite("suspended", Restrictions::default()),
            suite("needy", Restrictions::default()),
            suite("multi-geo", Restrictions::default()),
            Offer { min_quantity: 5, ..suite("five", Restrictions::default()) },
            Offer { market: market("FR"), ..an_offer("french") },
            trial,
        ])
        .await;
    house.hears(vec![(a_suite("gone"), noon(), true)]).await;
    house.limits(&[
        ("owned", &["ALREADY_OWNED_SINGLE", "TENANT_SUBSCRIPTION_LIMIT"]),
        ("suspended", &["EXISTING_SUSPENDED"]),
        ("needy", &["PREREQUISITE_REQUIRED"]),
        ("multi-geo", &["MIN_ADDON_SEATS"]),
        // Not asked: something else speaks against it.
        ("outside", &["ALREADY_OWNED_SINGLE"]),
    ]);

    let expected = [
        ("base", ""),
        ("server", ""),
        ("five", ""),
        ("trial", ""),
        // More seats would do.
        ("multi-geo", ""),
        ("owned", "ALREADY_OWNED_SINGLE"),
        ("suspended", "EXISTING_SUSPENDED"),
        ("abroad", "ISV_COUNTRY_UNSUPPORTED"),
        ("outside", "ISV_NOT_IN_CSP"),
        ("exclusive", "EXCLUSIVE_TO_OTHER_PARTNERS"),
        ("machines", "NOT_TRANSACTABLE_HERE"),
        ("traditional", "NOT_TRANSACTABLE_HERE"),
        ("french", "NOT_TRANSACTABLE_HERE"),
        ("closed", "NOT_TRANSACTABLE_HERE"),
        ("nothing", "NOT_TRANSACTABLE_HERE"),
        ("needy", "PREREQUISITE_REQUIRED"),
        ("gone", "OFFER_WITHDRAWN"),
        // Twice the same.
        ("base", ""),
    ];
    let offers = expected.map(|(offer, _)| offer);
    let found = house.judge_offers(&shop.customer, &shop.partner, &offers).await.unwrap();
    let reasons: Vec<_> =
        found.iter().map(|why| why.as_ref().map_or("", |why| why.reason.as_str())).collect();
    assert_eq!(reasons, expected.map(|(_, reason)| reason));
    for why in found.iter().flatten() {
        assert!(why.message.contains(';'), "a reason says what to do instead: {}", why.message);
    }

    // Each for itself, and only where lifecycle alone can tell.
    let asked = house.stub.script().judged.pop().unwrap();
    assert!(asked.without_choices, "nobody shows them here");
    assert!(asked.orders.iter().all(|order| order.lines.len() == 1));
    let named = |order: &proto::lifecycle::ProposedOrder| {
        order.lines[0].offer.as_ref().unwrap().name.replace("offers/", "")
    };
    let named: Vec<_> = asked.orders.iter().map(named).collect();
    assert_eq!(
        named,
        ["base", "five", "trial", "multi-geo", "owned", "suspended", "needy", "base"]
    );
}

#[rstest]
#[tokio::test]
async fn mkt_1_a_reservation_in_a_blocked_market_is_not_available(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    let kosovar = pb::Customer { market: "XK".to_owned(), ..a_customer(2) };
    let customer = house.customer(&shop.agent, kosovar).await.unwrap().name;
    let found =
        house.judge_offers(&customer, &shop.partner, &["vm-xk", "server-xk"]).await.unwrap();
    let reasons = found.iter().map(|why| why.as_ref().map_or("", |why| why.reason.as_str()));
    assert_eq!(reasons.collect::<Vec<_>>(), ["MARKET_UNAVAILABLE", ""]);
}

#[rstest]
#[tokio::test]
async fn par_14_of_a_foreign_customer_nothing_is_said(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    let rival = house.partner(a_partner()).await;
    for partner in [rival, format!("partners/{}", stranger().partner.unwrap())] {
        let refused = house.judge_offers(&shop.customer, &partner, &["base"]).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
    // An operator sells nothing, and sees what there is.
    assert_eq!(house.judge_offers(&shop.customer, "", &["base"]).await.unwrap(), [None]);
}

#[rstest]
#[tokio::test]
async fn cat_5_without_lifecycle_it_cannot_be_told(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = open(backend).await;
    house.lifecycle_is_away();
    let ask = |offer| house.judge_offers(&shop.customer, &shop.partner, offer);
    assert_eq!(ask(&["base"]).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(ask(&["server"]).await.unwrap(), [None]);
}
