//! What a customer's global administrator sees: its own, and nobody else's.

use access::Claims;
use proto::licensekey as pb;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use uuid::Uuid;
use vocab::{CustomerId, PartnerId, SubscriptionId};

use super::handover::{link_ask, offered};
use super::house::{House, agent, ask, stranger};
use crate::domain::Purchase;
use crate::domain::tests::a_purchase;

/// Everything that a customer may ask of its software.
const METHODS: [&str; 12] = [
    "ListSoftware",
    "RevealProductKey",
    "GetDownloadOptions",
    "CreateDownloadLink",
    "ListDownloadLinks",
    "RevokeDownloadLink",
    "ActivateKey",
    "ListActivations",
    "RevokeActivation",
    "GetMigration",
    "ListMigrations",
    "PollMigrationChanges",
];

/// What one customer has: names that can be asked for.
struct Owned {
    purchase: Purchase,
    key: String,
    link: String,
    activation: String,
    migration: String,
}

impl Owned {
    /// Names that nobody has, and a key that was never made.
    fn nobodys(customer: u128) -> Self {
        let purchase = Purchase {
            customer: CustomerId(Uuid::from_u128(customer)),
            id: SubscriptionId(Uuid::from_u128(0xffff)),
            ..a_purchase()
        };
        let of = rpc::name::Subscription(purchase.customer, purchase.id);
        let id = Uuid::from_u128(0xfffe);
        Self {
            key: "99999999999999999999999999999999".to_owned(),
            link: format!("{of}/downloadLinks/{id}"),
            activation: format!("{of}/activations/{id}"),
            migration: format!("customers/{}/migrations/{id}", purchase.customer),
            purchase,
        }
    }
}

/// Lets a customer buy something and use all of it, through its seller.
async fn owned(house: &House, customer: u128, partner: u128) -> Owned {
    let purchase = Purchase {
        customer: CustomerId(Uuid::from_u128(customer)),
        id: SubscriptionId(Uuid::from_u128(0x1000 + customer)),
        partner: PartnerId(Uuid::from_u128(partner)),
        ..a_purchase()
    };
    let purchase = house.given(purchase).await;
    offered(house, &purchase);
    let seller = agent(&purchase);
    let key = house.reveal(&seller, &purchase).await.unwrap().product_key;
    let mut owned = Owned { purchase, key, ..Owned::nobodys(customer) };
    let message = link_ask(&owned.purchase, house.process.ids.uuid());
    let made = house.software().create_download_link(house.call(&seller, message)).await;
    owned.link = made.unwrap().into_inner().download_link.unwrap().name;
    let message = activation_of(house, &owned);
    let made = house.activations().activate_key(house.call(&seller, message)).await;
    owned.activation = made.unwrap().into_inner().name;
    let group = pb::DeviceGroup {
        device_group: "a".to_owned(),
        device_count: 1,
        kms_activation_date: Some(proto::Date { year: 2026, month: 1, day: 1 }),
        ..Default::default()
    };
    let message = pb::CreateMigrationRequest {
        parent: format!("customers/{}", owned.purchase.customer),
        subscription: rpc::name::Subscription(owned.purchase.customer, owned.purchase.id)
            .to_string(),
        device_groups: vec![group],
        request_id: house.process.ids.uuid().to_string(),
        ..Default::default()
    };
    let made = house.migrations().create_migration(house.call(&seller, message)).await;
    owned.migration = made.unwrap().into_inner().name;
    owned
}

fn activation_of(house: &House, owned: &Owned) -> pb::ActivateKeyRequest {
    pb::ActivateKeyRequest {
        product_key: owned.key.clone(),
        device: "pc".to_owned(),
        request_id: house.process.ids.uuid().to_string(),
        ..Default::default()
    }
}

/// Asks for what `owned` names; returns the answer without ids, so that answers can be compared.
async fn call(house: &House, claims: &Claims, method: &str, owned: &Owned) -> Result<(), Status> {
    let parent = rpc::name::Subscription(owned.purchase.customer, owned.purchase.id).to_string();
    let customer = format!("customers/{}", owned.purchase.customer);
    let request_id = house.process.ids.uuid().to_string();
    let mut software = house.software();
    macro_rules! ask {
        ($client:ident, $method:ident, $message:expr) => {
            $client.$method(house.call(claims, $message)).await.map(drop)
        };
    }
    let page = (0, String::new());
    match method {
        "ListSoftware" => ask!(
            software,
            list_software,
            pb::ListSoftwareRequest { parent: customer, page_size: page.0, page_token: page.1 }
        ),
        "RevealProductKey" => {
            let id = house.process.ids.uuid();
            ask!(software, reveal_product_key, ask(&owned.purchase, pb::KeyKind::Mak, id))
        }
        "GetDownloadOptions" => {
            ask!(software, get_download_options, pb::GetDownloadOptionsRequest { parent })
        }
        "CreateDownloadLink" => {
            let message = link_ask(&owned.purchase, house.process.ids.uuid());
            ask!(software, create_download_link, message)
        }
        "ListDownloadLinks" => ask!(
            software,
            list_download_links,
            pb::ListDownloadLinksRequest { parent, ..Default::default() }
        ),
        "RevokeDownloadLink" => {
            ask!(
                software,
                revoke_download_link,
                pb::RevokeDownloadLinkRequest {
                    name: owned.link.clone(),
                    request_id,
                    validate_only: true,
                }
            )
        }
        method => call_others(house, claims, method, owned).await,
    }
}

async fn call_others(
    house: &House,
    claims: &Claims,
    method: &str,
    owned: &Owned,
) -> Result<(), Status> {
    let parent = rpc::name::Subscription(owned.purchase.customer, owned.purchase.id).to_string();
    let customer = format!("customers/{}", owned.purchase.customer);
    let request_id = house.process.ids.uuid().to_string();
    let (mut activations, mut migrations) = (house.activations(), house.migrations());
    macro_rules! ask {
        ($client:ident, $method:ident, $message:expr) => {
            $client.$method(house.call(claims, $message)).await.map(drop)
        };
    }
    match method {
        "ActivateKey" => ask!(activations, activate_key, activation_of(house, owned)),
        "ListActivations" => ask!(
            activations,
            list_activations,
            pb::ListActivationsRequest { parent, ..Default::default() }
        ),
        "RevokeActivation" => ask!(
            activations,
            revoke_activation,
            pb::RevokeActivationRequest {
                name: owned.activation.clone(),
                request_id,
                validate_only: true,
            }
        ),
        "GetMigration" => {
            let name = owned.migration.clone();
            ask!(migrations, get_migration, pb::GetMigrationRequest { name })
        }
        "ListMigrations" => ask!(
            migrations,
            list_migrations,
            pb::ListMigrationsRequest { parent: customer, ..Default::default() }
        ),
        "PollMigrationChanges" => {
            let message =
                pb::PollMigrationChangesRequest { parent: customer, ..Default::default() };
            ask!(migrations, poll_migration_changes, message)
        }
        other => panic!("{other} is no method"),
    }
}

/// What a refusal says, without the ids that were asked for.
fn told(refused: &Status) -> (Code, String) {
    let text = refused.message().split(['/', ' ', ';']);
    let words = text.filter(|word| Uuid::try_parse(word).is_err());
    (refused.code(), words.collect::<Vec<_>>().join(" "))
}

#[rstest]
#[tokio::test]
async fn par_11_a_customers_global_admin_sees_its_own_and_nobody_elses(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.stocked(&a_purchase().sku, 1, 5).await;
    let (own, other) = (owned(&house, 0xc1, 0xa1).await, owned(&house, 0xc2, 0xa2).await);
    let nobodys = Owned::nobodys(0xc3);
    let carol = Claims::customer("carol@customer.example", own.purchase.customer);
    for method in METHODS {
        let seen = call(&house, &carol, method, &own).await;
        assert!(seen.is_ok(), "{method} of its own: {seen:?}");
        for claims in [&carol, &agent(&own.purchase), &stranger()] {
            let foreign = call(&house, claims, method, &other).await.unwrap_err();
            let unknown = call(&house, claims, method, &nobodys).await.unwrap_err();
            assert_eq!(told(&foreign), told(&unknown), "{method} by {}", claims.subject);
            let is_key = method == "ActivateKey";
            let code = if is_key { Code::FailedPrecondition } else { Code::NotFound };
            assert_eq!(foreign.code(), code, "{method} by {}", claims.subject);
        }
    }
}

#[rstest]
#[tokio::test]
async fn par_11_what_a_customer_sees_is_all_of_its_own_whoever_sold_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.stocked(&a_purchase().sku, 1, 5).await;
    let one = owned(&house, 0xc1, 0xa1).await;
    let two = Purchase {
        id: SubscriptionId(Uuid::from_u128(0x2222)),
        partner: PartnerId(Uuid::from_u128(0xa2)),
        ..one.purchase.clone()
    };
    let two = house.given(two).await;
    let carol = Claims::customer("carol@customer.example", one.purchase.customer);
    for claims in [carol, agent(&one.purchase), agent(&two)] {
        let message = pb::ListSoftwareRequest {
            parent: format!("customers/{}", two.customer),
            ..Default::default()
        };
        let listed = house.software().list_software(house.call(&claims, message)).await.unwrap();
        let count = listed.into_inner().software.len();
        let expected = if claims.customer.is_some() { 2 } else { 1 };
        assert_eq!(count, expected, "{claims:?}");
    }
}
