//! What the manifests of the workspace may say.
//!
//! Services depend on `shared/`, never on each other, and `shared/` on no service; every crate
//! keeps the workspace's lints. Not here: licences and bans, which cargo-deny checks.

use super::{
    assert_clean,
    tree::{File, files},
};

/// The one crate that puts the services together.
const BINARY: &str = "services/tenure";

/// The crate that checks a log without the service that wrote it.
const VERIFIER: &str = "verify";

/// The crates without the workspace's lints: generated code answers to its generator, and the fuzzer's
/// targets are no part of the workspace.
const WITHOUT_LINTS: [&str; 2] = ["shared/proto/Cargo.toml", "fuzz/Cargo.toml"];

#[test]
fn crates_depend_in_one_direction() {
    let manifests = manifests();
    assert_clean(
        &wrong_way(&manifests),
        "what one service wants from another it asks over `proto`",
    );
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    let findings: Vec<_> = manifests().iter().filter_map(without_lints).collect();
    assert_clean(&findings, "write `[lints]` with `workspace = true`");
}

/// What judges the log must not be wrong in the way in which its writer is (T-91).
#[test]
fn the_check_of_the_log_shares_no_code_with_its_writer() {
    let manifests = manifests();
    assert_clean(
        &of_ours(&manifests, VERIFIER),
        "it is to know the log by docs/audit-log.md alone",
    );
}

/// Returns the crates of this workspace on which the one in `folder` depends.
fn of_ours(manifests: &[File], folder: &str) -> Vec<String> {
    let name = |file: &File| {
        let (_, package) = file.text.split_once("[package]")?;
        package.lines().find_map(|line| value(line, "name"))
    };
    let ours: Vec<_> = manifests.iter().filter_map(name).collect();
    let own = manifests.iter().find(|file| file.path == format!("{folder}/Cargo.toml"));
    let own = own.expect("its manifest");
    let found = dependencies(&own.text).filter(|(_, name)| ours.contains(name));
    found.map(|(line, name)| format!("{}:{line}: depends on {name}", own.path)).collect()
}

/// Returns the manifests of the members; the root's declares no dependency of its own.
fn manifests() -> Vec<File> {
    files().into_iter().filter(|file| file.path.ends_with("/Cargo.toml")).collect()
}

fn wrong_way(manifests: &[File]) -> Vec<String> {
    let services: Vec<_> = manifests
        .iter()
        .filter_map(|file| file.path.strip_prefix("services/")?.strip_suffix("/Cargo.toml"))
        .collect();
    let is_free = |file: &File| {
        let folder = file.path.trim_end_matches("/Cargo.toml");
        folder == BINARY || !(folder.starts_with("services/") || folder.starts_with("shared/"))
    };
    let wrong = |file: &File| {
        dependencies(&file.text)
            .filter(|(_, name)| services.contains(&name.as_str()))
            .map(|(line, name)| format!("{}:{line}: depends on the service {name}", file.path))
            .collect::<Vec<_>>()
    };
    manifests.iter().filter(|file| !is_free(file)).flat_map(wrong).collect()
}

/// Returns the names of the crates that a manifest depends on, for whatever purpose, with the line.
///
/// Knows the forms that this workspace uses: `name.workspace = true`, `name = { … }`, a renamed
/// `package`, a `path`, and a table of its own.
fn dependencies(manifest: &str) -> impl Iterator<Item = (usize, String)> {
    let mut is_inside = false;
    manifest.lines().enumerate().flat_map(move |(index, line)| {
        let line = line.split('#').next().unwrap_or_default().trim();
        let mut names = Vec::new();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_matches(['[', ']']);
            is_inside = section.contains("dependencies");
            names.extend(section.split_once("dependencies.").map(|(_, name)| name.to_owned()));
        } else if is_inside {
            let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
            names.push(key.trim_matches('"').to_owned());
            names.extend(["package", "path"].into_iter().filter_map(|key| value(line, key)));
        }
        names.into_iter().filter(|name| !name.is_empty()).map(move |name| (index + 1, name))
    })
}

/// Returns the last part of the text that `key` has in `line`: of a path, its folder.
fn value(line: &str, key: &str) -> Option<String> {
    let (_, rest) = line.split_once(key)?;
    let text = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
    let text = text.split('"').next()?;
    text.trim_end_matches('/').rsplit('/').next().map(ToOwned::to_owned)
}

fn without_lints(file: &File) -> Option<String> {
    let (_, lints) = file.text.split_once("\n[lints]\n").unwrap_or_default();
    let first = lints.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let keeps_them =
        first.replace(' ', "") == "workspace=true" || WITHOUT_LINTS.contains(&file.path.as_str());
    (!keeps_them).then(|| format!("{}: does not keep the lints of the workspace", file.path))
}

#[test]
fn a_dependency_in_the_wrong_direction_is_found() {
    let services = ["order", "audit", "tenure"]
        .map(|name| File::new(&format!("services/{name}/Cargo.toml"), ""));
    for (path, text, is_wrong) in [
        ("services/order", "[dependencies]\naudit.workspace = true", true),
        ("services/order", "[dev-dependencies]\naudit = { workspace = true }", true),
        ("services/order", "[dependencies.audit]\nworkspace = true", true),
        ("services/order", "[dependencies]\nlog = { package = \"audit\", version = \"1\" }", true),
        ("services/order", "[dependencies]\nlog = { path = \"../audit\" }", true),
        ("shared/mailbox", "[build-dependencies]\norder = { path = \"x\" }", true),
        ("services/order", "[package]\naudit = 1\n[dependencies]\ndb.workspace = true", false),
        ("services/order", "[dependencies]\n# audit.workspace = true", false),
        ("services/tenure", "[dependencies]\naudit.workspace = true", false),
        ("tests", "[dependencies]\norder.workspace = true", false),
    ] {
        let manifest = File::new(&format!("{path}/Cargo.toml"), text);
        let findings = wrong_way(&[&services[..], &[manifest]].concat());
        assert_eq!(!findings.is_empty(), is_wrong, "{path}: {text}");
    }
}

#[test]
fn a_verifier_that_shares_code_is_found() {
    let ours = File::new("shared/rpc/Cargo.toml", "[package]\nname = \"rpc\"\n");
    for (text, is_wrong) in [
        ("[package]\nname = \"audit-verify\"\n[dependencies]\nanyhow.workspace = true", false),
        ("[package]\nname = \"audit-verify\"\n[dependencies]\nrpc.workspace = true", true),
        ("[package]\nname = \"audit-verify\"\n[dev-dependencies]\nrpc = { path = \"x\" }", true),
    ] {
        let manifests = [ours.clone(), File::new("verify/Cargo.toml", text)];
        assert_eq!(!of_ours(&manifests, VERIFIER).is_empty(), is_wrong, "{text}");
    }
}

#[test]
fn a_manifest_without_lints_is_found() {
    for (text, is_wrong) in [
        ("[package]\n\n[lints]\nworkspace = true\n", false),
        ("[package]\n", true),
        ("[package]\n\n[lints]\nworkspace = false\n", true),
        ("[package]\n\n[lints]\n\n[dependencies]\n", true),
    ] {
        let found = without_lints(&File::new("shared/db/Cargo.toml", text));
        assert_eq!(found.is_some(), is_wrong, "{text}");
    }
}
