//! The secrets of a folder, whatever the start before this one left there.

use access::Signer;

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn fresh() -> Self {
        let name = format!("tenure-keys-{}", vocab::IdGen::random().uuid());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind in the folder for temporary files harms nobody.
        drop(fs::remove_dir_all(&self.0));
    }
}

#[test]
fn secrets_are_made_once_and_read_ever_after() {
    let folder = Folder::fresh();
    let first = Secrets::of(&folder.0).unwrap();
    let second = Secrets::of(&folder.0).unwrap();
    assert_eq!(all(&first), all(&second));
    let names = ["public-key.pem", "signing-key.pem", "seal-secret", "master-key"];
    for name in names {
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(folder.0.join(name)).unwrap().permissions(),
        );
        assert_eq!(mode & 0o077, 0, "{name} is its owner's alone");
    }
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), names.len(), "no drafts stay");
}

/// A start that died, or had no room, between its two keys must not keep the next one from starting.
#[test]
fn a_start_that_broke_off_is_made_good() {
    let folder = Folder::fresh();
    for name in ["public-key.pem", "signing-key.draft", "seal-secret.draft", "master-key.draft"] {
        fs::write(folder.0.join(name), "half").unwrap();
    }
    let secrets = Secrets::of(&folder.0).unwrap();
    assert!(Signer::from_pem(&secrets.private_key, "issuer", "audience", "").is_ok());
    access::Verifier::new(&secrets.auth()).unwrap();
    assert!(!all(&secrets).contains(&"half".to_owned()));
}

fn all(secrets: &Secrets) -> [String; 4] {
    let Secrets { private_key, public_key, seal, master_key } = secrets.clone();
    [private_key, public_key, seal, master_key]
}
