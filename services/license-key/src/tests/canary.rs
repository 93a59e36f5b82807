//! A key that is planted, imported, read and refused, and then searched for in everything that was
//! written.

use std::io::Write;
use std::sync::{Arc, Mutex};

use db::{Engine, Stmt, sql};
use rstest::rstest;
use testkit::Backend;

use super::house::{House, agent, operator, stranger};
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
    within.windows(what.len()).any(|window| window.eq_ignore_ascii_case(what))
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
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);

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
