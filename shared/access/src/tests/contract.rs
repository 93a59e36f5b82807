//! The words of the contract mean what the rulebook says, and none is missing.

use std::collections::BTreeSet;

use proto::common::{Access, Role, Scope, Trace};
use rstest::rstest;

use super::{CUSTOMER, PARTNER};
use crate::{AccessError, Claims, Reach, Rule, Table};
use Role::{
    AccountAdmin, AdminAgent, BillingAdmin, CustomerGlobalAdmin, GlobalAdmin, HelpdeskAgent,
    MarketingContentAdmin, Operator, ReferralAdmin, SalesAgent, Service,
};

const SELLERS: [Role; 4] = [AdminAgent, SalesAgent, BillingAdmin, HelpdeskAgent];
const PARTNER_SIDE: [Role; 8] = [
    GlobalAdmin,
    AdminAgent,
    SalesAgent,
    BillingAdmin,
    HelpdeskAgent,
    AccountAdmin,
    ReferralAdmin,
    MarketingContentAdmin,
];

fn rule_of(access: Access) -> Rule {
    let table = Table::read(proto::DESCRIPTORS).unwrap();
    let found = table.rules().find(|(_, rule)| rule.access == access);
    found.unwrap().1.clone()
}

#[rstest]
#[case::par_12_read(Access::Read, &PARTNER_SIDE, &[Operator, Service], Scope::Own, Trace::None)]
#[case::par_12_buy(Access::Buy, &SELLERS, &[GlobalAdmin], Scope::Own, Trace::Logged)]
#[case::par_12_manage(Access::Manage, &SELLERS, &[], Scope::Own, Trace::Logged)]
#[case::par_12_cancel(Access::Cancel, &SELLERS, &[], Scope::Own, Trace::Logged)]
#[case::par_12_invoices(Access::Invoices, &[AdminAgent, BillingAdmin, GlobalAdmin], &[Operator, Service], Scope::Own, Trace::None)]
#[case::par_11_software(Access::Software, &PARTNER_SIDE, &[CustomerGlobalAdmin, Operator], Scope::Own, Trace::None)]
#[case::key_3_reveal_key(Access::RevealKey, &[AdminAgent], &[CustomerGlobalAdmin], Scope::Own, Trace::LoggedFirst)]
#[case::par_11_download(Access::Download, &[AdminAgent], &[CustomerGlobalAdmin], Scope::Own, Trace::LoggedFirst)]
#[case::key_3_activate(Access::Activate, &[AdminAgent], &[CustomerGlobalAdmin, Service], Scope::Own, Trace::Logged)]
#[case::par_12_transfer(Access::Transfer, &[AdminAgent], &[], Scope::Own, Trace::Logged)]
#[case::aud_2_activity(Access::Activity, &[GlobalAdmin, AccountAdmin, ReferralAdmin, MarketingContentAdmin], &[], Scope::Own, Trace::None)]
#[case::browse(Access::Browse, &PARTNER_SIDE, &[CustomerGlobalAdmin, Operator, Service], Scope::All, Trace::None)]
#[case::operate(Access::Operate, &[], &[Operator], Scope::All, Trace::Logged)]
#[case::internal(Access::Internal, &[], &[Service], Scope::All, Trace::None)]
#[case::customer(Access::Customer, &[], &[CustomerGlobalAdmin, Operator], Scope::Own, Trace::Logged)]
#[case::par_12_support(Access::Support, &SELLERS, &[Operator], Scope::Own, Trace::Logged)]
#[case::par_12_export(Access::Export, &SELLERS, &[Operator], Scope::Own, Trace::None)]
#[case::follow(Access::Follow, &[], &[Operator, Service], Scope::All, Trace::None)]
fn a_word_admits(
    #[case] access: Access,
    #[case] partner_side: &[Role],
    #[case] others: &[Role],
    #[case] scope: Scope,
    #[case] trace: Trace,
) {
    let roles: BTreeSet<_> = partner_side.iter().chain(others).copied().collect();
    let rule = rule_of(access);
    assert_eq!(rule, Rule { access, roles: roles.clone(), scope, trace });

    for role in all_roles() {
        let claims =
            Claims { customer: Some(CUSTOMER), ..Claims::partner("alex", PARTNER, [role]) };
        let expected = if roles.contains(&role) { None } else { Some(&roles) };
        match rule.admit(&claims) {
            Ok(caller) => assert_eq!((expected, caller.has(role)), (None, true), "{role:?}"),
            Err(error) => {
                let roles = roles.clone();
                assert_eq!(error, AccessError::RoleRequired { roles }, "{role:?}");
                assert!(expected.is_some(), "{role:?}");
            }
        }
    }
}

fn all_roles() -> impl Iterator<Item = Role> {
    (1..).map_while(|number| Role::try_from(number).ok())
}

#[rstest]
#[case::par_12_place_order("order.v1.OrderService/PlaceOrder", Access::Buy)]
#[case::par_12_checkout("order.v1.OrderService/CheckoutCart", Access::Buy)]
#[case::par_12_seats("lifecycle.v1.SubscriptionService/ChangeQuantity", Access::Manage)]
#[case::par_12_suspend("lifecycle.v1.SubscriptionService/SuspendSubscription", Access::Manage)]
#[case::par_12_resume("lifecycle.v1.SubscriptionService/ResumeSubscription", Access::Manage)]
#[case::par_12_auto_renew("lifecycle.v1.SubscriptionService/SetAutoRenew", Access::Manage)]
#[case::par_12_relationship("order.v1.CustomerService/CreateCustomer", Access::Manage)]
#[case::par_12_request("order.v1.CustomerService/RequestRelationship", Access::Manage)]
#[case::par_14_accept("order.v1.CustomerService/AcceptRelationship", Access::Customer)]
#[case::par_12_cancel("lifecycle.v1.SubscriptionService/CancelSubscription", Access::Cancel)]
#[case::par_12_cancel_order("order.v1.OrderService/CancelOrder", Access::Cancel)]
#[case::par_12_read("lifecycle.v1.SubscriptionService/GetSubscription", Access::Read)]
#[case::par_12_invoices("lifecycle.v1.BillingService/GetInvoice", Access::Invoices)]
#[case::key_3_reveal("licensekey.v1.SoftwareService/RevealProductKey", Access::RevealKey)]
#[case::par_12_download("licensekey.v1.SoftwareService/CreateDownloadLink", Access::Download)]
#[case::aud_2_activity("audit.v1.AuditService/ListActivity", Access::Activity)]
fn a_method_has_its_word(#[case] method: &str, #[case] access: Access) {
    let table = Table::read(proto::DESCRIPTORS).unwrap();
    let rule = table.rule(&format!("/tenure.{method}"));
    assert_eq!(rule.map(|rule| rule.access), Some(access));
}

/// The role that reads keys does not read who read them, and the other way round.
#[rstest]
#[case::trp_52_admin_agent(AdminAgent, true, false)]
#[case::trp_52_account_admin(AccountAdmin, false, true)]
fn keys_and_the_log_are_apart(#[case] role: Role, #[case] keys: bool, #[case] log: bool) {
    let claims = Claims::partner("alex", PARTNER, [role]);
    assert_eq!(rule_of(Access::RevealKey).admit(&claims).is_ok(), keys);
    assert_eq!(rule_of(Access::Activity).admit(&claims).is_ok(), log);
}

const OWN: Reach = Reach::Partner(PARTNER);

/// Only the roles that the method asks for widen or narrow what it reaches.
#[rstest]
#[case::par_14_agent(Access::Read, &[AdminAgent], OWN, "partner:00000000-0000-0000-0000-000000000001")]
#[case::par_14_operator(Access::Read, &[Operator], Reach::All, "operator")]
#[case::par_14_service(Access::Read, &[Service], Reach::All, "service:alex")]
#[case::par_14_agent_who_operates(Access::Read, &[AdminAgent, Operator], Reach::All, "operator")]
#[case::par_14_operators_buy_as_agents(Access::Buy, &[AdminAgent, Operator], OWN, "partner:00000000-0000-0000-0000-000000000001")]
#[case::par_11_customer(Access::RevealKey, &[CustomerGlobalAdmin], Reach::Customer(CUSTOMER), "customer:00000000-0000-0000-0000-000000000002")]
#[case::par_14_own_decision(Access::Customer, &[CustomerGlobalAdmin], Reach::Customer(CUSTOMER), "customer:00000000-0000-0000-0000-000000000002")]
#[case::par_14_on_its_behalf(Access::Customer, &[Operator], Reach::All, "operator")]
#[case::par_14_both_sides(Access::RevealKey, &[AdminAgent, CustomerGlobalAdmin], Reach::Customer(CUSTOMER), "customer:00000000-0000-0000-0000-000000000002")]
#[case::par_14_catalog(Access::Browse, &[SalesAgent], Reach::All, "partner:00000000-0000-0000-0000-000000000001")]
#[case::par_14_internal(Access::Internal, &[Service], Reach::All, "service:alex")]
fn a_call_reaches(
    #[case] access: Access,
    #[case] roles: &[Role],
    #[case] reach: Reach,
    #[case] key: &str,
) {
    let roles = roles.iter().copied();
    let claims = Claims { customer: Some(CUSTOMER), ..Claims::partner("alex", PARTNER, roles) };
    let caller = rule_of(access).admit(&claims).unwrap();
    assert_eq!((caller.reach, caller.key().as_str()), (reach, key));
}

#[rstest]
#[case::par_14_partner(Access::Read, AdminAgent, "the role ADMIN_AGENT, and no claim `partner`")]
#[case::par_14_customer(
    Access::Software,
    CustomerGlobalAdmin,
    "the role CUSTOMER_GLOBAL_ADMIN, and no claim `customer`"
)]
fn a_role_is_held_for_somebody(#[case] access: Access, #[case] role: Role, #[case] expected: &str) {
    let claims = Claims { roles: [role].into(), ..Claims::operator("alex") };
    let error = rule_of(access).admit(&claims).unwrap_err();
    assert!(matches!(error, AccessError::Unauthenticated(_)), "{error:?}");
    assert!(error.to_string().contains(expected), "{error}");
}

#[rstest]
#[case::par_14_all(Reach::All, [true, true, true])]
#[case::par_14_partner(OWN, [true, true, false])]
#[case::par_14_customer(Reach::Customer(CUSTOMER), [true, false, true])]
fn rows_are_within_reach(#[case] reach: Reach, #[case] expected: [bool; 3]) {
    let (other_partner, other_customer) =
        (vocab::PartnerId(uuid::Uuid::nil()), vocab::CustomerId(uuid::Uuid::nil()));
    let rows = [(PARTNER, CUSTOMER), (PARTNER, other_customer), (other_partner, CUSTOMER)];
    assert_eq!(rows.map(|(partner, customer)| reach.admits(partner, customer)), expected);
    assert_eq!(reach.admits(other_partner, other_customer), reach == Reach::All);
}
