//! Sets of keys from a server for which somebody vouches.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use access::{AuthConfig, Claims, FetchKeys, KeySet, Refusal, Signer, Verifier, generate_key_pair};
use jiff::{SignedDuration, ToSpan};
use rstest::rstest;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use testkit::noon;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use vocab::IdGen;

use super::authority::Authority;
use crate::key_source::KeySource;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A file of authorities; gone after the test.
struct Believed(PathBuf);

impl Believed {
    fn in_file(authority: &Authority) -> Self {
        let believed = Self(std::env::temp_dir().join(format!("ca_{}", IdGen::random().uuid())));
        believed.put(authority);
        believed
    }

    fn put(&self, authority: &Authority) {
        std::fs::write(&self.0, authority.pem()).unwrap();
    }

    fn source(&self, url: &str) -> KeySource {
        KeySource::of(url, self.0.to_str().unwrap()).unwrap()
    }
}

impl Drop for Believed {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// An issuer's server.
#[derive(Clone)]
struct Issuer {
    acceptor: Arc<Mutex<TlsAcceptor>>,
    /// What it answers, head and all.
    answer: Arc<Mutex<String>>,
}

impl Issuer {
    fn vouched_by(authority: &Authority) -> Self {
        let acceptor = Arc::new(Mutex::new(acceptor(authority)));
        Self { acceptor, answer: Arc::default() }
    }

    fn says(&self, body: &str) {
        self.answers(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    }

    fn answers(&self, answer: String) {
        *self.answer.lock().unwrap() = answer;
    }

    /// Serves from now on; returns where.
    async fn open(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/keys", listener.local_addr().unwrap().port());
        let issuer = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(issuer.clone().serve(stream));
            }
        });
        url
    }

    async fn serve(self, stream: TcpStream) {
        let acceptor = self.acceptor.lock().unwrap().clone();
        let Ok(mut stream) = acceptor.accept(stream).await else { return };
        let mut head = vec![];
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        let answer = self.answer.lock().unwrap().clone();
        // Who was told enough hangs up.
        drop(stream.write_all(answer.as_bytes()).await);
        drop(stream.flush().await);
        drop(stream.read_u8().await);
    }
}

fn acceptor(authority: &Authority) -> TlsAcceptor {
    let (certificate, key) = authority.vouch();
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Whoever is vouched for by somebody else, or for another name, is not asked for anything.
#[rstest]
#[case::ours(true, "localhost", None)]
#[case::somebody_elses(false, "localhost", Some("invalid peer certificate"))]
#[case::another_name(true, "127.0.0.1", Some("not valid for name"))]
#[tokio::test]
async fn t_152_a_set_is_fetched_from_whom_a_configured_authority_vouches_for(
    #[case] is_ours: bool,
    #[case] host: &str,
    #[case] expected: Option<&str>,
) {
    let (ours, others) = (Authority::new(), Authority::new());
    let issuer = Issuer::vouched_by(if is_ours { &ours } else { &others });
    issuer.says("{}");
    let url = issuer.open().await.replace("localhost", host);
    let believed = Believed::in_file(&ours);
    let fetched = believed.source(&url).fetch().await.map_err(|error| format!("{error:#}"));
    match expected {
        None => assert_eq!(fetched.as_deref(), Ok("{}")),
        Some(expected) => {
            let error = fetched.unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

/// The list is read for each connection: an authority can be replaced while everything runs.
#[tokio::test]
async fn t_152_a_list_that_was_replaced_counts_from_then_on() {
    let (old, new) = (Authority::new(), Authority::new());
    let issuer = Issuer::vouched_by(&old);
    issuer.says("{}");
    let believed = Believed::in_file(&old);
    let source = believed.source(&issuer.open().await);
    source.fetch().await.unwrap();

    *issuer.acceptor.lock().unwrap() = acceptor(&new);
    source.fetch().await.unwrap_err();
    believed.put(&new);
    source.fetch().await.unwrap();
}

#[rstest]
#[case::not_found("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(), "404")]
#[case::moved("HTTP/1.1 302 Found\r\nlocation: https://elsewhere/\r\ncontent-length: 0\r\n\r\n".to_owned(), "302")]
#[case::too_large(format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(4 * 1024 * 1024)), "limit")]
#[case::a_head_without_end(format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(4 * 1024 * 1024)), "too large")]
#[tokio::test]
async fn t_152_an_answer_that_is_none_is_an_error(#[case] answer: String, #[case] expected: &str) {
    let ours = Authority::new();
    let issuer = Issuer::vouched_by(&ours);
    issuer.answers(answer);
    let believed = Believed::in_file(&ours);
    let source = believed.source(&issuer.open().await);
    let error = format!("{:#}", source.fetch().await.unwrap_err());
    assert!(error.contains(expected), "{error}");
}

/// Where a server stops in the middle nobody waits for more than five seconds. Time runs while all wait.
#[rstest]
#[case::before_the_handshake(None)]
#[case::before_the_answer(Some(""))]
#[case::in_the_head(Some("HTTP/1.1 200 OK\r\ncontent-le"))]
#[case::in_the_body(Some("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"))]
#[tokio::test(start_paused = true)]
async fn t_152_a_server_that_hangs_is_waited_for_no_longer_than_that(#[case] answer: Option<&str>) {
    let ours = Authority::new();
    let issuer = Issuer::vouched_by(&ours);
    issuer.answers(answer.unwrap_or_default().to_owned());
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = match answer {
        None => format!("https://localhost:{}/keys", silent.local_addr().unwrap().port()),
        Some(_) => issuer.open().await,
    };
    let believed = Believed::in_file(&ours);
    let set = KeySet::new(Arc::new(believed.source(&url)), HOUR, HOUR);
    let began = tokio::time::Instant::now();
    let error = format!("{:#}", set.load(noon()).await.unwrap_err());
    assert!(error.starts_with("nobody answers"), "{error}");
    assert_eq!(began.elapsed().as_secs(), 5);
}

/// From the URL to the token: a key counts once it is published, and no more when it was taken out.
#[tokio::test]
async fn t_152_a_key_is_changed_at_the_issuer() {
    let (ours, first, second) = (Authority::new(), a_key("1"), a_key("2"));
    let issuer = Issuer::vouched_by(&ours);
    let believed = Believed::in_file(&ours);
    let source = believed.source(&issuer.open().await);
    let config = AuthConfig::default();
    let verifier = Verifier::with(&config, Some(Arc::new(source))).unwrap();
    let judge = async |key: &Key, now| {
        let token = key.signer.sign(&Claims::operator("olga"), now, HOUR).unwrap();
        if let Some(set) = verifier.to_fetch(&token) {
            set.refresh(now).await;
        }
        verifier.verify(&token, now).map(drop)
    };

    issuer.says(&format!("{{\"keys\": [{}]}}", first.jwk));
    assert_eq!(judge(&first, noon()).await, Ok(()));
    assert_eq!(judge(&second, noon()).await, Err(Refusal::BadSignature));
    issuer.says(&format!("{{\"keys\": [{}, {}]}}", first.jwk, second.jwk));
    let announced = noon() + 30.seconds();
    assert_eq!(judge(&second, announced).await, Ok(()));
    assert_eq!(judge(&first, announced).await, Ok(()));
    issuer.says(&format!("{{\"keys\": [{}]}}", second.jwk));
    let renewed = announced + 5.minutes();
    verifier.to_renew(renewed).unwrap().refresh(renewed).await;
    assert_eq!(judge(&first, renewed).await, Err(Refusal::BadSignature));
    assert_eq!(judge(&second, renewed).await, Ok(()));
}

/// A key of the issuer, as it signs and as it is published.
struct Key {
    signer: Signer,
    jwk: String,
}

fn a_key(kid: &str) -> Key {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let pair = generate_key_pair().unwrap();
    let AuthConfig { issuer, audience, .. } = AuthConfig::default();
    let body: String = pair.public_pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body).unwrap();
    let x = URL_SAFE_NO_PAD.encode(&der[der.len() - 32..]);
    Key {
        signer: Signer::from_pem(&pair.private_pem, &issuer, &audience, kid).unwrap(),
        jwk: format!(r#"{{"kty":"OKP","crv":"Ed25519","use":"sig","kid":"{kid}","x":"{x}"}}"#),
    }
}
