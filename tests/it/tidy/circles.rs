//! No circle of files, and no use upwards: on the source as it is, and on made-up ones.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{Use, uses};
use super::{is_test, layer, module, rust_files};

/// What an engineer has to see: who uses what of whom.
fn line(one: &Use) -> String {
    format!("{} uses {} of {}", one.from, one.name, one.to)
}

/// The uses inside each circle of files.
fn circles(uses: &[Use]) -> Vec<Vec<String>> {
    let mut reached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in uses {
        let mut seen = BTreeSet::new();
        let mut open = vec![one.from.as_str()];
        if reached.contains_key(one.from.as_str()) {
            continue;
        }
        while let Some(file) = open.pop() {
            let next = uses.iter().filter(|it| it.from == file);
            open.extend(next.map(|it| it.to.as_str()).filter(|to| seen.insert(*to)));
        }
        reached.insert(&one.from, seen);
    }
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|it| it.contains(to));
    let mut found: BTreeMap<BTreeSet<&str>, Vec<String>> = BTreeMap::new();
    for one in uses.iter().filter(|it| leads(&it.to, &it.from)) {
        let members = reached.keys().copied();
        let circle = members.filter(|it| leads(it, &one.from) && leads(&one.from, it));
        found.entry(circle.collect()).or_default().push(line(one));
    }
    found.into_values().collect()
}

/// The uses of a layer that is not below.
fn climbs(uses: &[Use]) -> Vec<String> {
    let is_allowed = |own: &str, other: &str| other == own || layer(other) < layer(own);
    let climbs = uses.iter().filter(|one| {
        let own = module(&one.from);
        !is_allowed(own, module(&one.to)) || !is_allowed(own, &one.through)
    });
    climbs.map(line).collect()
}

fn our_uses() -> Vec<Use> {
    let mut files = rust_files();
    files.retain(|(file, _)| !is_test(file));
    let uses = uses(&files);
    // A reader that finds little would let all pass.
    assert!(uses.len() > 1_000, "only {} uses found", uses.len());
    uses
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let circles = circles(&our_uses());
    let shown: Vec<String> = circles.iter().map(|circle| circle.join("\n")).collect();
    assert!(
        circles.is_empty(),
        "circles of files:\n{}",
        shown.join("\n\n")
    );
}

#[test]
fn layers_never_look_up_or_sideways() {
    let climbs = climbs(&our_uses());
    assert!(
        climbs.is_empty(),
        "uses of what is not below:\n{}",
        climbs.join("\n")
    );
}

fn of(files: &[(&str, &str)]) -> Vec<Use> {
    let owned: Vec<_> = files
        .iter()
        .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()))
        .collect();
    uses(&owned)
}

#[test]
fn a_parent_that_uses_a_child_which_uses_it_is_a_circle() {
    let found = circles(&of(&[
        (
            "store/mod.rs",
            "mod plan; use self::plan::Plan; pub struct Error; fn f(_: Plan) {}",
        ),
        ("store/plan.rs", "use super::Error; pub struct Plan(Error);"),
    ]));
    let expected = [
        "store/mod.rs uses Plan of store/plan.rs",
        "store/plan.rs uses Error of store/mod.rs",
    ];
    assert_eq!(found, [expected]);
}

#[test]
fn a_circle_is_found_through_paths_in_code_groups_and_other_names() {
    let found = circles(&of(&[
        ("a.rs", "fn f() { crate::b::g::<u8>(); }"),
        (
            "b.rs",
            "use crate::{c::{self, Thing as Other}}; pub fn g<T>() { c::h(Other) }",
        ),
        (
            "c.rs",
            "mod inner { use super::super::a; fn f() { a::f() } } pub struct Thing;",
        ),
    ]));
    let expected = [
        "a.rs uses g of b.rs",
        "b.rs uses Thing of c.rs",
        "b.rs uses h of c.rs",
        "c.rs uses f of a.rs",
    ];
    assert_eq!(found, [expected]);
}

#[test]
fn what_is_declared_or_passed_on_is_no_use() {
    let uses = of(&[
        (
            "store/mod.rs",
            "mod error; mod plan; pub use error::Error; pub(crate) use plan::Plan;",
        ),
        ("store/error.rs", "pub struct Error;"),
        ("store/plan.rs", "use super::Error; pub struct Plan(Error);"),
    ]);
    let lines: Vec<String> = uses.iter().map(line).collect();
    assert_eq!(lines, ["store/plan.rs uses Error of store/error.rs"]);
}

#[test]
fn what_is_passed_on_and_used_as_well_is_a_use() {
    let found = circles(&of(&[
        ("a/mod.rs", "mod b; pub use b::B; pub struct A(B);"),
        ("a/b.rs", "pub struct B; impl B { fn f(_: super::A) {} }"),
    ]));
    assert_eq!(found.len(), 1);
}

#[test]
fn comments_texts_and_tests_use_nothing() {
    let uses = of(&[
        (
            "a.rs",
            "//! crate::b::B\n/* crate::b::B */ const T: &str = \"crate::b::B\"; const R: &str = \
             r#\"\"crate::b::B\"#; const C: char = '\"'; fn f<'a>(_: &'a u8) {}\n\
             #[cfg(test)]\nmod tests { use crate::b::B; fn f() { crate::b::B::new() } }",
        ),
        ("b.rs", "pub struct B;"),
    ]);
    assert!(uses.is_empty(), "{uses:?}");
}

#[test]
fn a_use_upwards_or_sideways_is_found_wherever_it_stands() {
    let found = climbs(&of(&[
        (
            "document/kind.rs",
            "pub struct Kind; fn f() { let x = crate::policy::event::E; }",
        ),
        ("policy/event.rs", "pub struct E;"),
        (
            "fetch/mod.rs",
            "use crate::document::kind::Kind; use super::store;\nfn f() { store::open() }",
        ),
        ("store/mod.rs", "pub fn open() {}"),
    ]));
    let expected = [
        "document/kind.rs uses E of policy/event.rs",
        "fetch/mod.rs uses open of store/mod.rs",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_use_of_what_an_upper_layer_passes_on_is_a_use_upwards() {
    let found = climbs(&of(&[
        ("document/kind.rs", "pub struct Kind;"),
        ("watch/mod.rs", "pub use crate::document::kind::Kind;"),
        ("store/mod.rs", "use crate::watch::Kind; fn f(_: Kind) {}"),
    ]));
    assert_eq!(found, ["store/mod.rs uses Kind of document/kind.rs"]);
}
