//! Options that stand before a command of `history` or `outbox`, put behind it.
//!
//! `history` lists events, and `history show` shows one: both take `--format`. An option before `show` would be
//! one of the list, `show` a name to look for, and of `outbox` it would be dropped. What people mean is
//! plain, and a command that does not take the option says so itself.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// The arguments as they are read. The first is the name of the program.
pub(super) fn in_order(root: &Command, args: Vec<OsString>) -> Vec<OsString> {
    let mut ordered: Vec<OsString> = Vec::with_capacity(args.len());
    let mut command = root;
    // Where the options begin that stand between the command and what comes next.
    let mut options = 1;
    let mut rest = args.into_iter();
    ordered.extend(rest.next());
    while let Some(word) = rest.next() {
        if is_option(&word) {
            let value = takes_value(root, command, &word).then(|| rest.next());
            ordered.push(word);
            ordered.extend(value.flatten());
            continue;
        }
        let Some(next) = word.to_str().and_then(|name| command.find_subcommand(name)) else {
            ordered.push(word);
            break;
        };
        // Those of the program may stand anywhere.
        if options > 1 {
            ordered.insert(options, word);
        } else {
            ordered.push(word);
        }
        options = ordered.len();
        command = next;
    }
    ordered.extend(rest);
    ordered
}

/// Whether it is an option: what follows `--` is none.
fn is_option(word: &OsStr) -> bool {
    let text = word.as_encoded_bytes();
    text.len() > 1 && text.starts_with(b"-") && text != b"--"
}

/// Whether the next word is the value of an option: one of the program, of the command or of those below it.
fn takes_value(root: &Command, command: &Command, option: &OsStr) -> bool {
    let Some(name) = option.to_str().filter(|text| !text.contains('=')) else {
        return false;
    };
    let is_it = |arg: &&Arg| match name.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => arg.get_short() == name.chars().nth(1) && name.chars().count() == 2,
    };
    let below = command.get_subcommands().flat_map(Command::get_arguments);
    let own = root.get_arguments().chain(command.get_arguments());
    let mut known = own.chain(below);
    known
        .find(is_it)
        .is_some_and(|arg| matches!(arg.get_action(), ArgAction::Set | ArgAction::Append))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn an_option_before_a_command_is_one_of_the_command() {
        for (given, read) in [
            (
                "history --format json show 2",
                "history show --format json 2",
            ),
            ("history --limit 1 blame p", "history blame --limit 1 p"),
            (
                "history --store=a.db blame p",
                "history blame --store=a.db p",
            ),
            ("outbox --format json list", "outbox list --format json"),
            (
                "-v --config a history -q at p now",
                "-v --config a history at -q p now",
            ),
            ("history --since show 7d", "history --since show 7d"),
            (
                "history --format json p show",
                "history --format json p show",
            ),
            ("history --reverse -- show", "history --reverse -- show"),
            (
                "history show 2 --format json",
                "history show 2 --format json",
            ),
            ("history --at 7d keys p", "history keys --at 7d p"),
            ("config --format json check", "config check --format json"),
            ("config check --plan", "config check --plan"),
        ] {
            let words = |text: &str| -> Vec<OsString> {
                let words = std::iter::once("issuerwatch").chain(text.split(' '));
                words.map(OsString::from).collect()
            };
            assert_eq!(
                in_order(&Cli::command(), words(given)),
                words(read),
                "{given}"
            );
        }
    }
}
