//! A server does not start on a contract from which something is missing.

use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use rstest::rstest;

use crate::Table;

/// Somebody forgets something; the server does not start, and says what.
#[rstest]
#[case::nothing("", "", Ok(()))]
#[case::d_5_no_word(
    "option (common.v1.access) = ACCESS_READ;",
    "",
    Err("tenure.test.v1.TestService.Try has no word of access")
)]
#[case::d_5_no_real_word(
    "ACCESS_READ;",
    "ACCESS_UNSPECIFIED;",
    Err("tenure.test.v1.TestService.Try has no word of access")
)]
#[case::d_5_no_rule(
    "ACCESS_READ = 2 [(access_rule) = {",
    "ACCESS_READ = 2 [deprecated = false]; ACCESS_BROWSE = 1 [(access_rule) = {",
    Err("tenure.test.v1.TestService.Try: the word ACCESS_READ has no rule")
)]
#[case::d_5_no_roles("roles: [ROLE_ADMIN_AGENT]", "", Err("the word ACCESS_READ: it has no roles"))]
#[case::d_5_an_unspecified_role(
    "roles: [ROLE_ADMIN_AGENT]",
    "roles: [ROLE_ADMIN_AGENT, ROLE_UNSPECIFIED]",
    Err("the word ACCESS_READ: one of its roles is unspecified")
)]
#[case::d_5_no_scope("scope: SCOPE_OWN", "", Err("the word ACCESS_READ: its scope is unspecified"))]
#[case::d_5_no_trace(
    "trace: TRACE_NONE",
    "",
    Err("the word ACCESS_READ: its trace is unspecified")
)]
fn a_contract_is_whole(
    #[case] from: &'static str,
    #[case] to: &'static str,
    #[case] expected: Result<(), &str>,
) {
    let descriptors = compiled(move |text| text.replacen(from, to, 1));
    match (Table::read(&descriptors), expected) {
        (Ok(_), Ok(())) => {}
        (Err(error), Err(expected)) => {
            assert!(format!("{error:#}").contains(expected), "{error:#}");
        }
        (read, expected) => panic!("{read:?} instead of {expected:?}"),
    }
}

#[test]
fn a_contract_without_words_is_refused() {
    assert!(Table::read(&[]).is_err());
}

/// Services of others (health, reflection) carry no word and are not in the table.
#[test]
fn only_our_services_are_in_the_table() {
    let table = Table::read(proto::DESCRIPTORS).unwrap();
    assert!(table.rules().all(|(path, _)| path.starts_with("/tenure.")));
    assert!(table.rules().count() > 50);
}

/// The contract of one method with one word, changed by `edit`.
fn compiled(edit: impl Fn(&str) -> String + Send + Sync + 'static) -> Vec<u8> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Edited(edit));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).open_file("test.proto").unwrap();
    compiler.encode_file_descriptor_set()
}

struct Edited<E>(E);

impl<E: Fn(&str) -> String + Send + Sync> FileResolver for Edited<E> {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let text = match name {
            "test.proto" => TEST,
            "access.proto" => ACCESS,
            _ => return Err(protox::Error::file_not_found(name)),
        };
        File::from_source(name, &(self.0)(text))
    }
}

const TEST: &str = r#"
    syntax = "proto3";
    package tenure.test.v1;
    import "access.proto";
    message Nothing {}
    service TestService {
      rpc Try(Nothing) returns (Nothing) { option (common.v1.access) = ACCESS_READ; }
    }
"#;

const ACCESS: &str = r#"
    syntax = "proto3";
    package tenure.common.v1;
    import "google/protobuf/descriptor.proto";
    enum Access {
      ACCESS_UNSPECIFIED = 0;
      ACCESS_READ = 2 [(access_rule) = {
        roles: [ROLE_ADMIN_AGENT]
        scope: SCOPE_OWN
        trace: TRACE_NONE
      }];
    }
    enum Role { ROLE_UNSPECIFIED = 0; ROLE_ADMIN_AGENT = 2; }
    enum Scope { SCOPE_UNSPECIFIED = 0; SCOPE_OWN = 1; }
    enum Trace { TRACE_UNSPECIFIED = 0; TRACE_NONE = 1; }
    message AccessRule {
      repeated Role roles = 1;
      Scope scope = 2;
      Trace trace = 3;
    }
    extend google.protobuf.MethodOptions { Access access = 50100; }
    extend google.protobuf.EnumValueOptions { AccessRule access_rule = 50101; }
"#;
