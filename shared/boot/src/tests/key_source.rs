//! Sets of keys from a file and from a server on this machine, in plain. With TLS: `key_source_tls`.

use access::FetchKeys;
use rstest::rstest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::key_source::KeySource;

const SET: &str = r#"{"keys": []}"#;

/// Answers one request with a text; returns where, and what was asked.
async fn server(answer: String) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/realms/tenure/keys?v=1", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![];
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        // Who was told enough hangs up.
        drop(stream.write_all(answer.as_bytes()).await);
        String::from_utf8(head).unwrap()
    });
    (url, asked)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn t_146_a_set_is_fetched_by_plain_http() {
    let (url, asked) = server(ok(SET)).await;
    assert_eq!(KeySource::of(&url, "").unwrap().fetch().await.unwrap(), SET);
    let asked = asked.await.unwrap();
    let host = url.split('/').nth(2).unwrap();
    assert!(asked.starts_with("GET /realms/tenure/keys?v=1 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("host: {host}\r\n")), "{asked}");
}

#[rstest]
#[case::not_found("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(), "404")]
#[case::moved("HTTP/1.1 302 Found\r\nlocation: http://elsewhere/\r\ncontent-length: 0\r\n\r\n".to_owned(), "302")]
#[case::too_large(ok(&" ".repeat(256 * 1024 + 1)), "limit")]
#[case::cut_off("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned(), "")]
#[case::no_http("hello\r\n\r\n".to_owned(), "")]
#[case::nothing(String::new(), "")]
#[tokio::test]
async fn t_146_an_answer_that_is_none_is_an_error(#[case] answer: String, #[case] expected: &str) {
    let (url, _) = server(answer).await;
    let error = format!("{:#}", KeySource::of(&url, "").unwrap().fetch().await.unwrap_err());
    assert!(error.starts_with(&format!("{url} does not answer as it should")), "{error}");
    assert!(error.contains(expected), "{error}");
}

#[tokio::test]
async fn t_146_nobody_there_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", taken.local_addr().unwrap());
    drop(taken);
    KeySource::of(&url, "").unwrap().fetch().await.unwrap_err();
}

#[tokio::test]
async fn t_146_a_set_may_be_a_file() {
    let path = std::env::temp_dir().join(format!("tenure-boot-{}.json", std::process::id()));
    std::fs::write(&path, SET).unwrap();
    let source = KeySource::of(path.to_str().unwrap(), "").unwrap();
    assert_eq!(source.read().unwrap().unwrap(), SET);
    assert_eq!(source.fetch().await.unwrap(), SET);
    std::fs::remove_file(&path).unwrap();
    let error = source.fetch().await.unwrap_err().to_string();
    assert!(error.contains("cannot be read"), "{error}");
}

#[rstest]
#[case::no_host("http:///keys", "", "http:///keys")]
#[case::no_url("http://id example/keys", "", "is no URL")]
#[case::no_url_of_tls("https://id example/keys", "", "is no URL")]
#[case::no_such_file(
    "https://id.example/keys",
    "/no/authorities.pem",
    "/no/authorities.pem cannot be read"
)]
#[case::no_certificate(
    "https://id.example/keys",
    "Cargo.toml",
    "Cargo.toml holds no certificate in PEM"
)]
#[case::nobody_to_vouch_for(
    "http://id.example/keys",
    "ca.pem",
    "only a URL that begins with https://"
)]
#[case::nobody_at_all("keys.json", "ca.pem", "only a URL that begins with https://")]
fn t_146_a_source_that_cannot_be_asked_is_refused(
    #[case] text: &str,
    #[case] authorities: &str,
    #[case] expected: &str,
) {
    let error = format!("{:#}", KeySource::of(text, authorities).unwrap_err());
    assert!(error.contains(expected), "{error}");
}
