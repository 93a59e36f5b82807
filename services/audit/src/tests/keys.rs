//! The key changes, and what the one before it signed is still believed.

use jiff::SignedDuration;
use proto::audit::{ListSigningKeysRequest, audit_service_server::AuditService};
use rstest::rstest;
use testkit::Backend;

use super::{
    House, ORIGIN, a_signer, an_entry,
    wire::{everybody, service},
};
use crate::{
    config::Config,
    domain::{Keyring, VerifyingKey},
    signing,
};

impl House {
    /// Lets a new key sign; the one before it is retired, or forgotten.
    fn change_key(&mut self, is_forgotten: bool) {
        let app = std::sync::Arc::get_mut(&mut self.app).unwrap();
        let retired = [app.keyring.signer.key().clone()].to_vec();
        let retired = if is_forgotten { vec![] } else { retired };
        app.keyring = Keyring { signer: a_signer(), retired };
    }
}

#[rstest]
#[tokio::test]
async fn aud_4_a_key_may_change(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let mut house = House::with(backend, 5).await;
    let old = house.app.checkpoint().await.unwrap();
    house.change_key(false);
    house.clock.advance(SignedDuration::from_hours(1));

    let again = house.app.checkpoint().await.unwrap();
    assert_eq!((again.size, again.root), (old.size, old.root));
    assert_ne!(again.key_id, old.key_id);
    assert_eq!(house.app.checkpoint().await.unwrap(), again);
    house.append([an_entry(6)]).await;
    house.app.checkpoint().await.unwrap();

    assert_eq!(house.verify().await.finding, None);
    assert_eq!(house.app.verify(Some(old.clone())).await.unwrap().finding, None);
    assert_eq!(house.verify_elsewhere(Some(&old)).await.finding, None);

    let request = everybody(ListSigningKeysRequest {});
    let keys = service(&house).list_signing_keys(request).await.unwrap().into_inner().keys;
    let shown: Vec<_> =
        keys.iter().map(|key| (key.key_id.as_str(), key.retired, key.signed_size)).collect();
    assert_eq!(shown, [(again.key_id.as_str(), false, 6), (old.key_id.as_str(), true, 5)]);
}

#[rstest]
#[tokio::test]
async fn aud_4_what_a_forgotten_key_signed_is_not_believed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let mut house = House::with(backend, 5).await;
    house.app.checkpoint().await.unwrap();
    house.change_key(true);
    house.assert_bad(None, "is not signed by this log's key").await;
    house.app.checkpoint().await.unwrap_err();
}

/// A retired key is configured as `ListSigningKeys` showed it, or as the file that it came from.
#[tokio::test]
async fn aud_4_a_retired_key_is_configured() {
    let place = testkit::TestDb::fresh(Backend::Sqlite, crate::store::MIGRATIONS).await;
    let pair = access::generate_key_pair().unwrap();
    let signer = crate::domain::Signer::from_pem(&pair.private_pem, ORIGIN).unwrap();
    let shown = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        signer.key().public_key(),
    );
    for text in [shown, pair.public_pem] {
        let config =
            Config { retired_keys: vec![text], origin: ORIGIN.to_owned(), ..Config::default() };
        let keyring = signing::keyring(&config, &place.db).await.unwrap();
        let retired: Vec<VerifyingKey> = keyring.retired;
        assert_eq!(retired, [signer.key().clone()]);
    }
}
