//! The files of the repository: what git has, and what it would take up.
//!
//! Not here: what is ignored (build output, tools, data), and files that are not text.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// One text file.
#[derive(Debug, Clone)]
pub struct File {
    /// From the root of the repository, with `/`.
    pub path: String,
    pub text: String,
}

impl File {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether the file is only there to test others.
    pub fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.starts_with("shared/testkit/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
    }

    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }
}

/// Returns every text file that git tracks or would add, in the order of their paths.
pub fn files() -> Vec<File> {
    let root = root();
    let listed = Command::new("git")
        // A checkout that belongs to another user is read all the same.
        .args(["-c", "safe.directory=*"])
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
        .current_dir(&root)
        .output()
        .expect("git is needed to list the files of the repository");
    assert!(
        listed.status.success(),
        "git cannot list the files: {}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let mut paths: Vec<_> = String::from_utf8(listed.stdout)
        .expect("paths are UTF-8")
        .split_terminator('\0')
        .map(ToOwned::to_owned)
        .collect();
    paths.sort();
    // A file that was deleted but not yet committed is still listed: it is simply not read.
    let read = |path: String| Some(File { text: text_of(&root.join(&path))?, path });
    paths.into_iter().filter_map(read).collect()
}

/// Returns the files with this extension.
pub fn files_with(extension: &str) -> Vec<File> {
    files().into_iter().filter(|file| file.has_extension(extension)).collect()
}

fn text_of(path: &Path) -> Option<String> {
    String::from_utf8(fs::read(path).ok()?).ok()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
