//! What the help says, of every command.

use clap::{Command, CommandFactory, Parser};
use rstest::rstest;

use super::Args;

/// Returns every command that does something, with all its names.
fn commands(command: &Command, name: &str) -> Vec<(String, Command)> {
    let own = command.get_subcommands().filter(|sub| sub.get_name() != "help");
    let own: Vec<_> =
        own.flat_map(|sub| commands(sub, &format!("{name} {}", sub.get_name()))).collect();
    if own.is_empty() { vec![(name.to_owned(), command.clone())] } else { own }
}

#[test]
fn the_command_line_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn the_help_of_every_command_has_an_example_of_it() {
    let mut all = Args::command();
    all.build();
    for (name, mut command) in commands(&all, "tenure") {
        let help = command.render_long_help().to_string();
        let (_, examples) = help.split_once("Example").unwrap_or_else(|| panic!("{name}: {help}"));
        assert!(examples.contains(&name), "{name} is not in its examples: {examples}");
    }
}

/// Whoever has to find out what a variable is called looks here first.
#[test]
fn the_help_names_every_variable_that_is_read() {
    let mut all = Args::command();
    all.build();
    let help = all.clone().render_long_help().to_string();
    for (name, command) in commands(&all, "tenure") {
        for variable in command.get_arguments().filter_map(clap::Arg::get_env) {
            let variable = variable.to_str().unwrap();
            assert!(help.contains(variable), "{variable} of {name} is not in the help");
        }
    }
}

#[rstest]
#[case::a_certificate_without_its_key(&["--ca", "ca.crt", "--cert", "tls.crt"])]
#[case::a_certificate_and_nobody_to_believe(&["--cert", "tls.crt", "--key", "tls.key"])]
#[case::a_name_and_nobody_to_believe(&["--tls-host", "order"])]
fn half_of_the_certificates_are_refused(#[case] options: &[&str]) {
    let words = ["tenure", "timers", "list"].iter().chain(options);
    Args::try_parse_from(words).unwrap_err();
}
