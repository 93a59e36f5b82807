//! What a configuration says, and what it leaves out.

use boot::ConfigError;

use super::finding::Finding;
use crate::cli::ServiceName;
use crate::setup::Setup;

const ABOUT: &str = "configuration";

/// Tells why there is no configuration: each mistake by itself.
pub(super) fn unread(service: ServiceName, why: &ConfigError) -> Vec<Finding> {
    let found = |text: String| {
        let remedy = format!(
            "correct it, or take it out: deploy/{}.toml has every key with an explanation",
            service.name()
        );
        Finding::fine(service, ABOUT, text).wrong(remedy)
    };
    let said = format!("{:#}", anyhow::Error::msg(why.to_string()));
    let cause =
        std::error::Error::source(why).map_or_else(String::new, |cause| format!(": {cause}"));
    let lines: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        // A heading, and a line for each.
        [heading, mistakes @ ..] if heading.ends_with("mistakes") => {
            mistakes.iter().map(|mistake| found((*mistake).to_owned())).collect()
        }
        lines => vec![found(format!("{}{cause}", lines.join(" ")))],
    }
}

/// Judges a configuration that was read, and what would end a start with it.
pub(super) fn judge(setup: &Setup, faults: Vec<String>) -> Vec<Finding> {
    let Setup { service, server, .. } = setup;
    let found = |text: String| Finding::fine(*service, ABOUT, text);
    let judged = |fault: String| {
        let remedy = remedy(&fault);
        found(fault).wrong(remedy)
    };
    let mut findings: Vec<_> = faults.into_iter().map(judged).collect();
    if server.seal_secret.is_empty() {
        let text = "server.seal_secret is empty: page tokens and previews end with the process";
        findings.push(found(text.to_owned()).doubtful(
            "set server.seal_secret to the same random text for all processes of a service, of its own \
             for each service (`head -c 32 /dev/urandom | base64`)",
        ));
    }
    let is_plain = server.tls.certificate.as_os_str().is_empty();
    if is_plain && !server.listen.ip().is_loopback() {
        let text = format!("whoever reaches {} is heard, and reads along", server.listen);
        findings.push(
            found(text).doubtful(
                "set server.tls, or let a mesh or a network that you trust keep others out",
            ),
        );
    }
    if findings.is_empty() {
        findings.push(found(format!("in order, listens on {}", server.listen)));
    }
    findings
}

/// What is missing has to be made; what is there, corrected.
fn remedy(fault: &str) -> &'static str {
    if fault.starts_with("identity.private_key is not set") {
        "name an Ed25519 private key of the service's own (`openssl genpkey -algorithm ed25519`), and its \
         public half in auth.public_keys of the services that it calls"
    } else if fault.starts_with("auth.public_keys is empty") {
        "name the public keys of the identity provider and of the services that call this one, or the \
         provider's key set in auth.jwks"
    } else {
        "correct the key that is named: the service would not start, or not work"
    }
}

#[cfg(test)]
mod tests;
