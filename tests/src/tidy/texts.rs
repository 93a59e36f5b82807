//! What no committed text says: where someone's machine keeps its files, and where packages come
//! from. Both are settings of a machine, not of the project.

use super::{
    assert_clean,
    tree::{File, files},
};

/// Texts of others, and the lock files, which cargo writes.
const FOREIGN: [&str; 4] = ["proto/google/", "proto/buf/", "Cargo.lock", "fuzz/Cargo.lock"];

/// In two halves, so that this source does not name them itself.
const MACHINE_PATHS: [&str; 4] = ["work", "root", "farm", "tmp"];
const PACKAGE_HOSTS: [(&str, &str); 5] =
    [("crates", ".io"), ("pypi", ".org"), ("npm", "js"), ("proxy.gol", "ang.org"), ("mav", "en")];

#[test]
fn texts_name_no_machine_and_no_package_host() {
    let findings: Vec<_> =
        files().iter().filter(|file| !is_foreign(file)).flat_map(check).collect();
    assert_clean(&findings, "say it without, or make it a setting");
}

fn is_foreign(file: &File) -> bool {
    FOREIGN.iter().any(|start| file.path.starts_with(start)) || file.path.ends_with("LICENSE")
}

fn check(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let at = format!("{}:{}", file.path, index + 1);
        if let Some(path) = MACHINE_PATHS.into_iter().find(|name| has_path(line, name)) {
            findings.push(format!("{at}: names the machine path /{path}/"));
        }
        let lower = line.to_ascii_lowercase();
        let host = |(start, end)| Some(format!("{start}{end}")).filter(|host| lower.contains(host));
        if let Some(host) = PACKAGE_HOSTS.into_iter().find_map(host) {
            findings.push(format!("{at}: names the package host {host}"));
        }
    }
    findings
}

/// Whether `line` has `/name/` where a path begins: not within a longer path or an address.
fn has_path(line: &str, name: &str) -> bool {
    let path = format!("/{name}/");
    line.match_indices(&path).any(|(at, _)| {
        !line[..at]
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '}'))
    })
}

#[test]
fn each_machine_path_and_package_host_is_found() {
    let path = |name: &str| format!("see \"/{name}/x\"");
    for name in MACHINE_PATHS {
        assert_eq!(check(&File::new("README.md", &path(name))).len(), 1, "{name}");
    }
    for (start, end) in PACKAGE_HOSTS {
        let text = format!("a\nhttps://{}{end}/x", start.to_uppercase());
        assert_eq!(check(&File::new("README.md", &text)).len(), 1, "{start}");
    }
    for text in ["the work/shop", "https://example.org/work/x", "$HOME/tmp/x", "a crate, an io"] {
        assert_eq!(check(&File::new("README.md", text)), Vec::<String>::new());
    }
}
