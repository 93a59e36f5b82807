//! The one binary: the services, and the operator's commands.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    tenure::cli::run(tenure::cli::Args::parse()).await
}
