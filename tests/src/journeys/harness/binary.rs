//! The binary `tenure` as people run it, built once for all journeys.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Returns a command of the binary, which is built from the present sources first.
pub fn tenure() -> Command {
    Command::new(path())
}

fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(build)
}

/// Builds into the folder, and with the profile, of the tests themselves.
fn build() -> PathBuf {
    let own = std::env::current_exe().expect("the path of the tests");
    let profile_folder = own.ancestors().nth(2).expect("TARGET/PROFILE/deps/tests");
    let target = profile_folder.parent().expect("TARGET/PROFILE");
    let profile = match profile_folder.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(name) => name,
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--bin", "tenure", "--profile", profile])
        // The features that `cargo test --workspace` comes to: nothing is compiled a second time.
        .args(["--features", "tokio/test-util"])
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo is needed to build the binary");
    assert!(built.success(), "the binary tenure could not be built");
    profile_folder.join("tenure")
}
