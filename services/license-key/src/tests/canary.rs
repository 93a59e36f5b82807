//! Keys, links, devices and tokens that are planted, go through every call, and are then searched for in
//! everything that was written.

use std::io::Write;
use std::sync::{Arc, Mutex};

use access::Claims;
use db::{Engine, Stmt, sql};
use prost_reflect::{DescriptorPool, MessageDescriptor};
use proto::licensekey as pb;
use proto::licensekey::import_keys_request::Part;
use rstest::rstest;
use testkit::Backend;
use tracing_subscriber::fmt::format::FmtSpan;
use uuid::Uuid;

use super::handover::{link, link_ask, offered};
use super::house::{House, MASTER_KEY, agent, operator, stranger};
use super::http;
use crate::domain::tests::a_purchase;
use crate::domain::{Purchase, PurchaseState};

/// Digits that occur nowhere by chance.
const CANARY: &str = "83920174650192837465019283746501";

/// A line of the file that is one digit too long: a typing error of the canary.
const MISTYPED: &str = "839201746501928374650192837465017";

/// What is visible, to prove that the search would find what is there.
const MARKER: &str = "marker-of-the-search";

/// Collects what is logged at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Collects until what is returned goes.
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::CLOSE)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Returns everything that the database keeps: every row of every table as text, bytes in hexadecimal;
/// on SQLite the files as they are, too.
async fn everything(house: &House) -> Vec<u8> {
    let mut tx = house.app.db.read().await.unwrap();
    if house.app.db.engine() == Engine::Postgres {
        sql!("SET LOCAL xmlbinary = 'hex'").execute(&mut tx).await.unwrap();
        let all: Stmt = sql!(
            "SELECT CAST(schema_to_xml(CAST(current_schema() AS name), TRUE, FALSE, '') AS TEXT)"
        );
        let row = all.fetch_one(&mut tx).await.unwrap();
        return row.get::<String>(0).unwrap().into_bytes();
    }
    drop(tx);
    let path = house.config.db_url.strip_prefix("sqlite:").unwrap();
    let files = ["", "-wal"].map(|end| std::fs::read(format!("{path}{end}")).unwrap());
    files.concat()
}

fn occurs(what: &[u8], within: &[u8]) -> bool {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_ascii_lowercase();
    text(within).contains(&text(what))
}

/// Returns the spellings of `digits` that somebody might leave behind.
fn spellings(digits: &str) -> Vec<String> {
    use base64::Engine as _;
    let base64 = |skip: usize| {
        let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&digits[skip..]);
        // The last characters depend on what follows.
        text[..text.len() - 4].to_owned()
    };
    let hex: String = digits.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let bytes = format!("{:?}", &digits.as_bytes()[..16]);
    let mut all = vec![digits[..16].to_owned(), digits[16..].to_owned(), hex];
    all.extend([base64(0), base64(1), base64(2), bytes.trim_matches(['[', ']']).to_owned()]);
    all
}

#[rstest]
#[tokio::test]
async fn dwn_6_trp_53_no_key_is_left_behind_anywhere(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let log = Log::default();
    let _listening = log.listen();

    let house = House::on(backend).await;
    let purchase = house.given(Purchase { title: MARKER.to_owned(), ..a_purchase() }).await;
    let mut import = house.app.import(&operator(), house.import_of(&purchase.sku)).await.unwrap();
    for piece in format!("{CANARY}\n{MISTYPED}\n{CANARY}").as_bytes().chunks(20) {
        import.push(piece).await.unwrap();
    }
    let imported = import.finish().await.unwrap();
    assert_eq!((imported.import.counts.imported, imported.import.counts.duplicates), (1, 1));

    let answer = house.reveal(&agent(&purchase), &purchase).await.unwrap();
    assert_eq!(answer.product_key, CANARY);
    house.reveal(&stranger(), &purchase).await.unwrap_err();
    house.stub.script().is_audit_down = true;
    let not_recorded = house.reveal(&agent(&purchase), &purchase).await.unwrap_err();
    house.stub.script().is_audit_down = false;
    house.becomes(&purchase, PurchaseState::Cancelled).await;
    let refused = house.reveal(&agent(&purchase), &purchase).await.unwrap_err();
    let waiting = everything(&house).await;
    let entries = format!("{:?}", house.delivered().await);
    let errors = format!("{not_recorded:?} {refused:?} {imported:?}");
    let kept = everything(&house).await;
    tracing::info!(MARKER);
    let logged = log.0.lock().unwrap().clone();

    assert!(occurs(b"RevealProductKey", entries.as_bytes()));
    assert!(occurs(MARKER.as_bytes(), &logged) && occurs(MARKER.as_bytes(), &kept));
    for (place, text) in [
        ("the database", &waiting),
        ("the database after delivery", &kept),
        ("the audit log", &entries.into_bytes()),
        ("errors and reports", &errors.into_bytes()),
        ("traces and logs", &logged),
    ] {
        for spelling in spellings(CANARY) {
            assert!(!occurs(spelling.as_bytes(), text), "{place} has {spelling}");
        }
    }
}

/// A device's id.
const DEVICE: &str = "canary-device-7f3a9c51";

/// What the calls of the canary left behind.
struct Trail {
    token: String,
    bearer: String,
    /// Answers and errors as `Debug` prints them, and pages of plain HTTP.
    said: String,
}

/// Goes through the calls of `SoftwareService` that hand over links, and opens one in every way.
async fn download(house: &House, purchase: &Purchase) -> Trail {
    let mut said = vec![];
    let ask = link_ask(purchase, Uuid::from_u128(9));
    let call = house.call(&agent(purchase), ask.clone());
    let bearer = call.metadata().get("authorization").unwrap().to_str().unwrap().to_owned();
    let made = house.software().create_download_link(call).await.unwrap().into_inner();
    let token = made.uri.rsplit('/').next().unwrap().to_owned();
    said.push(format!("{made:?} {ask:?}"));
    let base = format!("http://{}", house.downloads);
    for (method, path) in [
        ("GET", format!("/downloads/{token}")),
        ("HEAD", format!("/downloads/{token}")),
        ("POST", format!("/downloads/{token}")),
        ("GET", format!("/downloads/{token}/more")),
        ("GET", format!("/{token}")),
    ] {
        said.push(format!("{:?}", http::ask(method, &format!("{base}{path}")).await));
    }
    house.stub.script().is_audit_down = true;
    let call = house.call(&agent(purchase), ask.clone());
    said.push(format!("{:?}", house.software().create_download_link(call).await));
    house.stub.script().is_audit_down = false;
    house.stub.script().is_lifecycle_down = true;
    said.push(format!("{:?}", http::get(&made.uri).await));
    house.stub.script().is_lifecycle_down = false;
    let message = pb::ListDownloadLinksRequest { parent: ask.parent, ..Default::default() };
    let call = house.call(&agent(purchase), message);
    said.push(format!("{:?}", house.software().list_download_links(call).await));
    let message = pb::RevokeDownloadLinkRequest {
        name: made.download_link.unwrap().name,
        request_id: Uuid::from_u128(10).to_string(),
        validate_only: false,
    };
    let call = house.call(&agent(purchase), message);
    said.push(format!("{:?}", house.software().revoke_download_link(call).await));
    said.push(format!("{:?}", http::get(&made.uri).await));
    Trail { token, bearer, said: said.concat() }
}

/// Goes through the calls of `ActivationService`.
async fn activate(house: &House, purchase: &Purchase) -> String {
    let mut said = vec![];
    for product_key in [CANARY, MISTYPED] {
        let validate = pb::ValidateKeyRequest {
            product_key: product_key.to_owned(),
            ..pb::ValidateKeyRequest::default()
        };
        for claims in [agent(purchase), stranger()] {
            let call = house.call(&claims, validate.clone());
            said.push(format!("{validate:?} {:?}", house.activations().validate_key(call).await));
            let message = pb::ActivateKeyRequest {
                product_key: product_key.to_owned(),
                device: DEVICE.to_owned(),
                device_label: "a device".to_owned(),
                request_id: house.process.ids.uuid().to_string(),
                validate_only: false,
            };
            said.push(format!("{message:?}"));
            let call = house.call(&claims, message);
            said.push(format!("{:?}", house.activations().activate_key(call).await));
        }
    }
    let parent = rpc::name::Subscription(purchase.customer, purchase.id).to_string();
    let message = pb::ListActivationsRequest { parent, ..Default::default() };
    let call = house.call(&agent(purchase), message);
    let listed = house.activations().list_activations(call).await.unwrap().into_inner();
    assert_eq!(listed.activation_count, 1);
    let message = pb::RevokeActivationRequest {
        name: listed.activations[0].name.clone(),
        request_id: house.process.ids.uuid().to_string(),
        validate_only: false,
    };
    let call = house.call(&agent(purchase), message);
    said.push(format!("{listed:?} {:?}", house.activations().revoke_activation(call).await));
    said.concat()
}

/// Imports the canary through the server, and asks operators' questions.
async fn operate(house: &House, purchase: &Purchase) -> String {
    let header = pb::ImportKeysHeader {
        sku: purchase.sku.to_string(),
        kind: pb::KeyKind::Mak.into(),
        request_id: Uuid::from_u128(11).to_string(),
        activation_limit: 0,
    };
    let chunk = format!("{CANARY}\n{MISTYPED}\n").into_bytes();
    let parts = [Part::Header(header), Part::Chunk(chunk)]
        .map(|part| pb::ImportKeysRequest { part: Some(part) });
    let mut said = vec![format!("{parts:?}")];
    let call = house.call(&Claims::operator("op"), tokio_stream::iter(parts));
    said.push(format!("{:?}", house.pools().import_keys(call).await.unwrap()));
    let name = format!("keyImports/{}", Uuid::from_u128(11));
    let call = house.call(&Claims::operator("op"), pb::GetKeyImportRequest { name });
    said.push(format!("{:?}", house.pools().get_key_import(call).await.unwrap()));
    let request_id = Uuid::from_u128(12).to_string();
    let call = house.call(&Claims::operator("op"), pb::RotateMasterKeyRequest { request_id });
    said.push(format!("{:?}", house.pools().rotate_master_key(call).await.unwrap()));
    said.concat()
}

#[rstest]
#[tokio::test]
async fn dwn_6_nothing_that_opens_anything_is_left_behind_by_any_call(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let log = Log::default();
    let _listening = log.listen();
    let house = House::on(backend).await;
    let purchase = house.given(Purchase { title: MARKER.to_owned(), ..a_purchase() }).await;
    offered(&house, &purchase);
    let mut said = vec![operate(&house, &purchase).await];
    let shown = house.reveal(&agent(&purchase), &purchase).await.unwrap();
    assert_eq!(shown.product_key, CANARY);
    said.push(format!("{shown:?}"));
    let trail = download(&house, &purchase).await;
    said.push(trail.said);
    said.push(activate(&house, &purchase).await);
    house.becomes(&purchase, PurchaseState::Cancelled).await;
    said.push(format!("{:?}", link(&house, &purchase).await.unwrap_err()));
    said.push(format!("{:?} {:?}", house.app, house.config));

    let waiting = everything(&house).await;
    let entries = format!("{:?}", house.delivered().await);
    let kept = everything(&house).await;
    tracing::info!(MARKER);
    let logged = log.0.lock().unwrap().clone();
    assert!(occurs(MARKER.as_bytes(), &logged) && occurs(MARKER.as_bytes(), &kept));
    assert!(occurs(b"DownloadSoftware", entries.as_bytes()));
    let mut secrets = spellings(CANARY);
    secrets.extend([&trail.token[..20], &trail.token[20..], DEVICE, MASTER_KEY].map(str::to_owned));
    secrets.push(trail.bearer[trail.bearer.len() - 40..].to_owned());
    for (place, text) in [
        ("the database", &waiting),
        ("the database after delivery", &kept),
        ("the audit log", &entries.into_bytes()),
        ("answers, errors and pages", &said.concat().into_bytes()),
        ("traces and logs", &logged),
    ] {
        for secret in &secrets {
            assert!(!occurs(secret.as_bytes(), text), "{place} has {secret}");
        }
    }
}

/// The methods that take or hand over a secret, by the marks of the contract. The canary goes through each.
const SECRET: [&str; 5] =
    ["ActivateKey", "CreateDownloadLink", "ImportKeys", "RevealProductKey", "ValidateKey"];

#[test]
fn dwn_6_the_canary_leaves_out_no_method_with_a_secret() {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
    let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let with_secret = methods.filter(|method| {
        [method.input(), method.output()].iter().any(|message| has_secret(message, 0))
    });
    let mut found: Vec<_> = with_secret.map(|method| method.name().to_owned()).collect();
    found.sort_unstable();
    assert_eq!(found, SECRET);
}

/// Messages may hold themselves; none of ours is as deep as this.
const DEPTH: usize = 8;

fn has_secret(message: &MessageDescriptor, depth: usize) -> bool {
    message.fields().any(|field| {
        let mark = field
            .options()
            .get_field_by_name("debug_redact")
            .is_some_and(|mark| mark.as_bool() == Some(true));
        let inner = field.kind().as_message().cloned();
        mark || depth < DEPTH && inner.is_some_and(|inner| has_secret(&inner, depth + 1))
    })
}
