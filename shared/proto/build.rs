//! Generates the messages, the clients, the servers, the checks of request fields, and how messages
//! with secrets are printed. A method without a word of access is not built.

#[path = "build/checks.rs"]
mod checks;
#[path = "build/secrets.rs"]
mod secrets;
#[path = "build/words.rs"]
mod words;

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use prost::Message;

fn main() -> Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let files = protos_under(&root.join("tenure"))?;
    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(files.iter().map(|file| file.strip_prefix(&root).unwrap_or(file)))?;
    // Nobody imports it, but reflection must serve it: clients print the details of errors with it.
    compiler.open_file("google/rpc/error_details.proto")?;
    // `encode_file_descriptor_set` keeps custom options; decoding into prost-types loses them.
    let descriptors = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptors.bin"), &descriptors)?;
    words::check(&descriptors)?;
    fs::write(out.join("checks.rs"), checks::generate(&descriptors)?)?;

    let secrets = secrets::find(&descriptors)?;
    fs::write(out.join("secrets.rs"), secrets::generate(&secrets)?)?;

    let mut set = prost_types::FileDescriptorSet::decode(descriptors.as_slice())?;
    // In Rust these are tonic-types; their comments are not rustdoc.
    set.file.retain(|file| file.package() != "google.rpc");
    tonic_prost_build::configure()
        .btree_map(".")
        .skip_debug(secrets.iter().map(|message| format!(".{}", message.full_name())))
        .include_file("protos.rs")
        .compile_fds(set)
        .context("the protos do not compile to Rust")?;
    Ok(())
}

fn protos_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = vec![];
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(protos_under(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
