//! What is stored cannot be read, moved or altered; and where the master key comes from.

use std::fs;

use rstest::rstest;
use uuid::Uuid;
use vocab::KeyId;

use super::*;
use crate::domain::tests::{a_sku, digits};

const KEY: &str = "01234567890123456789012345678901";
const MASTER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn master() -> MasterKey {
    MasterKey::read(MASTER).unwrap().unwrap()
}

fn keepers() -> Keepers {
    Keepers::of(master())
}

async fn made(id: u128, purpose: Purpose) -> WrappedKey {
    WrappedKey::make(DataKeyId(Uuid::from_u128(id)), purpose, &master()).await.unwrap()
}

async fn data_keys() -> Vec<WrappedKey> {
    vec![made(1, Purpose::Index).await, made(2, Purpose::Seal).await]
}

async fn cipher() -> Cipher {
    Cipher::open(&keepers(), &data_keys().await).await.unwrap()
}

fn key() -> ProductKey {
    digits().read(KEY.as_bytes()).unwrap()
}

fn id(number: u128) -> KeyId {
    KeyId(Uuid::from_u128(number))
}

#[tokio::test]
async fn dwn_6_a_key_is_read_back_and_its_text_is_not_stored() {
    let cipher = cipher().await;
    let NewKey { sealed, fingerprint } = cipher.seal(id(1), a_sku("a"), &key()).unwrap();
    assert_eq!(cipher.reveal(&sealed).unwrap(), key());
    for stored in [&sealed.ciphertext, &fingerprint] {
        assert!(!stored.windows(4).any(|window| KEY.as_bytes().windows(4).any(|k| k == window)));
    }
}

#[tokio::test]
async fn dwn_6_the_same_key_never_looks_the_same_twice_but_for_its_fingerprint() {
    let cipher = cipher().await;
    let one = cipher.seal(id(1), a_sku("a"), &key()).unwrap();
    let two = cipher.seal(id(1), a_sku("a"), &key()).unwrap();
    assert_ne!(one.sealed.ciphertext, two.sealed.ciphertext);
    assert_eq!(one.fingerprint, two.fingerprint);
    let elsewhere = self::cipher().await.seal(id(1), a_sku("a"), &key()).unwrap();
    assert_ne!(one.fingerprint, elsewhere.fingerprint, "it depends on a secret");
}

#[tokio::test]
async fn dwn_6_a_ciphertext_opens_in_its_own_row_alone() {
    let cipher = cipher().await;
    let sealed = cipher.seal(id(1), a_sku("a"), &key()).unwrap().sealed;
    let other_row = SealedKey { id: id(2), ..sealed.clone() };
    let other_sku = SealedKey { sku: a_sku("b"), ..sealed.clone() };
    for moved in [other_row, other_sku] {
        assert!(matches!(cipher.reveal(&moved), Err(CipherError::Damaged { .. })));
    }
    let data_key = DataKeyId(Uuid::from_u128(1));
    let unknown = SealedKey { data_key, ..sealed };
    assert!(matches!(cipher.reveal(&unknown), Err(CipherError::UnknownDataKey { .. })));
}

#[tokio::test]
async fn dwn_6_every_altered_byte_is_found_out() {
    let cipher = cipher().await;
    let sealed = cipher.seal(id(1), a_sku("a"), &key()).unwrap().sealed;
    for at in 0..sealed.ciphertext.len() {
        let mut altered = sealed.clone();
        altered.ciphertext[at] ^= 1;
        assert!(cipher.reveal(&altered).is_err(), "byte {at}");
        altered.ciphertext.truncate(at);
        assert!(cipher.reveal(&altered).is_err(), "cut to {at}");
    }
}

#[tokio::test]
async fn a_second_data_key_encrypts_and_the_first_still_decrypts() {
    let mut data_keys = data_keys().await;
    let old = Cipher::open(&keepers(), &data_keys)
        .await
        .unwrap()
        .seal(id(1), a_sku("a"), &key())
        .unwrap();
    let newer = DataKeyId(Uuid::from_u128(3));
    data_keys.push(made(3, Purpose::Seal).await);

    let cipher = Cipher::open(&keepers(), &data_keys).await.unwrap();
    assert_eq!(cipher.reveal(&old.sealed).unwrap(), key());
    let new = cipher.seal(id(2), a_sku("a"), &key()).unwrap();
    assert_eq!(new.sealed.data_key, newer);
    assert_eq!(new.fingerprint, old.fingerprint);
}

#[tokio::test]
async fn data_keys_open_under_their_own_master_key_and_purpose_alone() {
    let keys = data_keys().await;
    let text = MasterKey::generate().unwrap();
    let other = MasterKey::read(&text).unwrap().unwrap();
    let error = Cipher::open(&Keepers::of(other), &keys).await.unwrap_err();
    assert!(matches!(error, CipherError::WrongMasterKey { .. }), "{error}");
    assert!(!error.to_string().contains(MASTER));

    let index_as_seal = WrappedKey { purpose: Purpose::Seal, ..keys[0].clone() };
    let error = Cipher::open(&keepers(), &[index_as_seal]).await.unwrap_err();
    assert!(matches!(error, CipherError::Damaged { .. }), "{error}");
    let error = Cipher::open(&keepers(), &keys[..1]).await.unwrap_err();
    assert!(matches!(error, CipherError::NoDataKey { purpose: Purpose::Seal }), "{error}");
}

#[tokio::test]
async fn dwn_6_nothing_here_prints_a_secret() {
    let sealed = cipher().await.seal(id(1), a_sku("a"), &key()).unwrap();
    let source = MasterKeySource::of(MASTER, "sqlite:x.db");
    let printed = format!(
        "{:?} {:?} {:?} {source:?} {sealed:?}",
        cipher().await,
        keepers(),
        data_keys().await
    );
    for secret in [KEY, MASTER, "ciphertext", "wrapped", "fingerprint"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[tokio::test]
async fn dwn_6_a_new_master_key_wraps_the_data_keys_anew_and_opens_what_was_sealed() {
    let old_keys = data_keys().await;
    let sealed = Cipher::open(&keepers(), &old_keys).await.unwrap();
    let sealed = sealed.seal(id(1), a_sku("a"), &key()).unwrap().sealed;
    let text = MasterKey::generate().unwrap();
    let new = || MasterKey::read(&text).unwrap().unwrap();
    let both = Keepers::of(new()).and_former(master());

    let mut new_keys = vec![];
    for old in &old_keys {
        let wrapped = old.wrapped_anew(&both).await.unwrap().unwrap();
        assert_eq!(wrapped.master_key, new().id());
        assert!(wrapped.wrapped_anew(&both).await.unwrap().is_none(), "once is enough");
        new_keys.push(wrapped);
    }

    let cipher = Cipher::open(&Keepers::of(new()), &new_keys).await.unwrap();
    assert_eq!(cipher.reveal(&sealed).unwrap(), key());
    assert!(Cipher::open(&keepers(), &new_keys).await.is_err(), "the old one opens nothing more");
    let swapped = WrappedKey { wrapped: new_keys[1].wrapped.clone(), ..new_keys[0].clone() };
    let error = Cipher::open(&both, &[swapped]).await.unwrap_err();
    assert!(matches!(error, CipherError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn dwn_6_what_opens_a_link_is_the_same_again_and_never_anothers() {
    let keys = data_keys().await;
    let open = async || Cipher::open(&keepers(), &keys).await.unwrap();
    let link = |number| DownloadLinkId(Uuid::from_u128(number));
    let token = open().await.link_token(link(1));
    assert_eq!(open().await.link_token(link(1)), token);
    assert_ne!(open().await.link_token(link(2)), token);
    assert_ne!(cipher().await.link_token(link(1)), token, "it depends on a secret");
    assert_eq!(token.expose().len(), 43, "256 bits");
    assert_eq!(LinkToken::sent(token.expose()).hash(), token.hash());
    assert!(!format!("{token:?}").contains(&token.expose()[..4]));
    let hash = String::from_utf8_lossy(&token.hash()).into_owned();
    assert!(!hash.contains(&token.expose()[..8]));
}

#[tokio::test]
async fn key_1_a_device_has_another_hash_for_another_key() {
    let cipher = cipher().await;
    let hash = cipher.device_hash(id(1), "pc-1");
    assert_eq!(cipher.device_hash(id(1), "pc-1"), hash);
    assert_ne!(cipher.device_hash(id(2), "pc-1"), hash);
    assert_ne!(cipher.device_hash(id(1), "pc-2"), hash);
}

#[rstest]
#[case::padded(MASTER, true)]
#[case::with_a_line_end("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", true)]
#[case::a_byte_less("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", false)]
#[case::hexadecimal("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", false)]
#[case::words("correct horse battery staple", false)]
#[case::empty("", false)]
fn a_master_key_is_thirty_two_bytes_as_base64(#[case] text: &str, #[case] is_key: bool) {
    assert_eq!(MasterKey::read(text).unwrap().is_some(), is_key);
}

#[test]
fn a_configured_master_key_is_a_text_or_a_file() {
    let folder = Folder::new();
    let file = folder.0.join("key");
    fs::write(&file, format!("{MASTER}\n")).unwrap();
    let of = |text: &str| MasterKeySource::of(text, "postgres://x").key(false);
    assert_eq!(of(MASTER).unwrap().id(), master().id());
    assert_eq!(of(file.to_str().unwrap()).unwrap().id(), master().id());

    let error = of("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==").unwrap_err().to_string();
    assert!(error.contains("is not 32 bytes as base64") && !error.contains("AAEC"), "{error}");
    fs::write(&file, "short").unwrap();
    let error = of(file.to_str().unwrap()).unwrap_err();
    assert!(matches!(error, CipherError::BadMasterKey { .. }), "{error}");
}

#[test]
fn without_a_master_key_postgres_refuses_and_says_how_to_make_one() {
    let error = MasterKeySource::of("", "postgres://tenure@db/tenure").key(true).unwrap_err();
    assert!(error.to_string().contains("head -c 32 /dev/urandom | base64"), "{error}");
}

#[test]
fn without_a_master_key_sqlite_makes_one_file_and_never_a_second() {
    let folder = Folder::new();
    let url = format!("sqlite:{}", folder.0.join("x.db").display());
    let source = MasterKeySource::of("", &url);
    let file = folder.0.join("x.db.master-key");

    assert!(matches!(source.key(false), Err(CipherError::MasterKeyLost { .. })));
    assert!(!file.exists());
    let made = source.key(true).unwrap();
    assert_eq!(source.key(true).unwrap().id(), made.id());
    assert_eq!(source.key(false).unwrap().id(), made.id());
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "no draft stays behind");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// A folder that goes with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let name = vocab::IdGen::random().uuid().to_string();
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
