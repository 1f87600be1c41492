//! No chain of rebinding: `let x = f(); let x = x.filter(..);` is one method chain, or two names.

use super::tokens::tokens;
use super::{is_test, rust_files};

/// The names that a `let` binds a second time to what it makes of their first value, both in one
/// function. A parameter may be made narrower once: what it was is not to be used any more.
fn rebound(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let at = |index: usize| tokens.get(index).map_or("", String::as_str);
    let mut scopes: Vec<Vec<&str>> = vec![Vec::new()];
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => scopes.push(Vec::new()),
            "}" => drop(scopes.pop()),
            "let" => {
                let name_at = index + 1 + usize::from(at(index + 1) == "mut");
                let (name, value_at) = (at(name_at), value_at(&tokens, name_at + 1));
                let Some(value_at) = value_at else { continue };
                let is_of_itself = (at(value_at), at(value_at + 1)) == (name, ".");
                if is_of_itself && scopes.iter().flatten().any(|known| *known == name) {
                    found.push(name.to_owned());
                }
                scopes.last_mut().unwrap().push(name);
            }
            _ => {}
        }
    }
    found
}

/// Where the value of a `let` begins, behind its name; `None` for one that takes a pattern.
fn value_at(tokens: &[String], after_name: usize) -> Option<usize> {
    let rest = tokens.get(after_name..)?;
    match rest.first()?.as_str() {
        "=" => Some(after_name + 1),
        ":" => {
            let ends = rest
                .iter()
                .position(|it| matches!(it.as_str(), "=" | ";"))?;
            (rest[ends] == "=").then_some(after_name + ends + 1)
        }
        _ => None,
    }
}

#[test]
fn nothing_is_bound_anew_to_what_a_method_makes_of_it() {
    let mut all = Vec::new();
    for (file, text) in rust_files().iter().filter(|(file, _)| !is_test(file)) {
        let found = rebound(text).into_iter();
        all.extend(found.map(|name| format!("{file}: {name}")));
    }
    assert!(
        all.is_empty(),
        "bound anew: write the method chain, or name the step\n{}",
        all.join("\n")
    );
}

#[test]
fn a_chain_of_rebinding_is_found_with_a_type_in_an_inner_block_and_over_other_lines() {
    for planted in [
        "fn f() { let x = g(); let x = x.h(); }",
        "fn f() { let mut x: Vec<u8> = g(); y(); let x: &[u8] = x\n.h(); }",
        "fn f() { let x = g(); if y { let x = x.h(); } }",
        "fn f(x: X) { let x = x.g(); let x = x.h(); }",
    ] {
        assert_eq!(rebound(planted), ["x"], "{planted}");
    }
}

#[test]
fn other_names_other_functions_and_a_parameter_made_narrower_are_no_chain() {
    for allowed in [
        "fn f() { let x = g(); let y = x.h(); }",
        "fn f() { let x = g(); } fn k() { let x = x.h(); }",
        "fn f(x: &str) { let x = x.trim(); }",
        "fn f() { if let Some(x) = g() { let x = x.h(); } }",
        "fn f() { let x = g(); /* let x = x.h(); */ } #[cfg(test)] mod t { let x = x.h(); }",
    ] {
        assert!(rebound(allowed).is_empty(), "{allowed}");
    }
}
