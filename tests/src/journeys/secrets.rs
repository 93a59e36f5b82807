//! A key, a link, tokens and what they are made with go through five processes; then everything that these
//! wrote or sent is searched for them. What a database keeps on PostgreSQL, license-key's own tests search.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proto::licensekey::activation_service_client::ActivationServiceClient;
use proto::licensekey::{ActivateKeyRequest, CreateDownloadLinkRequest, ValidateKeyRequest};
use tenure::evidence;
use tenure::import::request_id;
use testkit::Backend;

use super::harness::books;
use super::harness::collector::Collector;
use super::harness::fleet::{Fleet, Service};
use super::harness::patience::eventually;
use super::harness::shop::Shop;

const DEVICE: &str = "canary-device-7f3a9c51";

/// The last call of the journey: once it is told of, everything before it is.
const LAST: &str = "tenure.licensekey.v1.ActivationService/ValidateKey";

#[tokio::test]
async fn dwn_6_nothing_that_opens_anything_is_written_or_sent_by_five_processes() {
    let collector = Collector::start().await;
    let endpoint = format!("http://{}", collector.address);
    let keys = [("TELEMETRY__OTLP_ENDPOINT", &*endpoint), ("TELEMETRY__LOG_FILTER", "debug")];
    let fleet = Fleet::start_with(Backend::Sqlite, &keys).await;
    let shop = Shop::open(fleet.desk()).await;
    let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
    let order = shop.fulfilled(&order.name).await;
    let subscription = order.lines[1].subscription.clone();
    shop.delivered(&subscription).await;

    let mut said = vec![];
    let secrets = used(&shop, &subscription, &mut said).await;
    let mut log = vec![];
    evidence::write(shop.desk.operator(Service::Audit), &mut log).await.expect("an export");
    let told = eventually("traces and metrics", || async {
        let told = collector.bytes();
        let is_told = occurs(LAST, &told) && occurs("rpc.server.call.duration", &told);
        if is_told { Ok(told) } else { Err("they are still on their way") }
    })
    .await;

    let mut places = fleet.files();
    assert!(places.iter().any(|(_, text)| occurs("Contoso", text)), "a database is searched");
    assert!(places.iter().any(|(name, text)| name == "license-key.log" && occurs("INFO", text)));
    assert!(occurs("RevealProductKey", &log), "the log is searched");
    places.extend([
        ("the audit log".to_owned(), log),
        ("traces and metrics".to_owned(), told),
        ("answers and errors".to_owned(), said.concat().into_bytes()),
    ]);
    let own =
        [fleet.secrets().master_key.clone(), fleet.secrets().seal.clone(), signing_key(&fleet)];
    for (place, text) in &places {
        for secret in secrets.iter().chain(&own) {
            assert!(!occurs(secret, text), "{place} has {secret}");
        }
    }
}

/// Uses a key and a link in every way, with and without success; returns what must be nowhere.
async fn used(shop: &Shop, subscription: &str, said: &mut Vec<String>) -> Vec<String> {
    let revealed = shop.reveal(subscription).await.unwrap().into_inner();
    let ask = CreateDownloadLinkRequest {
        parent: subscription.to_owned(),
        language: "en".to_owned(),
        request_id: request_id(),
        ..CreateDownloadLinkRequest::default()
    };
    let made = shop.software().create_download_link(ask).await.unwrap().into_inner();
    let token = made.uri.rsplit('/').next().unwrap().to_owned();
    for uri in [made.uri.clone(), format!("{}x", made.uri)] {
        said.push(super::downloads::open(&uri).await);
    }
    said.push(format!("{revealed:?} {made:?}"));
    let key = revealed.product_key;
    let bearer = shop.desk.token(&shop.agent);
    let stranger = shop.desk.call(Service::LicenseKey, &shop.account_admin);
    let agent = shop.desk.call_with(Service::LicenseKey, &bearer);
    for client in [stranger, agent] {
        for product_key in [key.clone(), format!("{key}7")] {
            let mut activations = ActivationServiceClient::new(client.clone());
            let activate = ActivateKeyRequest {
                product_key: product_key.clone(),
                device: DEVICE.to_owned(),
                request_id: request_id(),
                ..ActivateKeyRequest::default()
            };
            said.push(format!("{:?}", activations.activate_key(activate).await));
            let validate = ValidateKeyRequest { product_key, ..ValidateKeyRequest::default() };
            said.push(format!("{:?}", activations.validate_key(validate).await));
        }
    }
    books::settle(shop).await;
    let (front, back) = key.split_at(key.len() / 2);
    let base64 = STANDARD.encode(&key);
    let signature = bearer.rsplit('.').next().unwrap();
    let texts =
        [front, back, &base64[..base64.len() - 4], &token[..20], &token[20..], DEVICE, signature];
    texts.map(ToOwned::to_owned).to_vec()
}

/// Returns what tokens are signed with, without what every key has around it.
fn signing_key(fleet: &Fleet) -> String {
    let text = &fleet.secrets().private_key;
    let line = text.lines().find(|line| !line.starts_with('-')).expect("a key");
    line[line.len() - 40..].to_owned()
}

fn occurs(what: &str, within: &[u8]) -> bool {
    String::from_utf8_lossy(within).contains(what)
}
