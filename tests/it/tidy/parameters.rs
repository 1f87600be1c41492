//! No parameter is a tuple taken apart: that hides arguments from the count that `clippy` makes.

use super::tokens::tokens;
use super::{is_test, rust_files};

/// The functions that take a tuple apart in their parameters. Closures may: what they are called with
/// is often a pair.
fn with_tuples(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let functions = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| *token == "fn");
    functions
        .filter(|(index, _)| takes_tuple(&tokens[*index..]))
        .filter_map(|(index, _)| tokens.get(index + 1).cloned())
        .collect()
}

/// Whether one of the parameters is a tuple: its bracket stands where a name should. What stands
/// between `<` and `>`, such as bounds, is no parameter.
fn takes_tuple(tokens: &[String]) -> bool {
    let (mut depth, mut angles, mut before) = (0, 0, "");
    for token in tokens {
        match token.as_str() {
            "<" => angles += 1,
            ">" if before != "-" => angles -= 1,
            "(" if angles == 0 => {
                if depth == 1 && matches!(before, "(" | ",") {
                    return true;
                }
                depth += 1;
            }
            ")" if angles == 0 => {
                depth -= 1;
                if depth == 0 {
                    return false;
                }
            }
            _ => {}
        }
        before = token;
    }
    false
}

#[test]
fn no_function_takes_a_tuple_apart_in_its_parameters() {
    for (file, text) in rust_files().iter().filter(|(file, _)| !is_test(file)) {
        let found = with_tuples(text);
        assert!(
            found.is_empty(),
            "{file}: {} takes a tuple: name its parts, or make it a struct",
            found.join(", ")
        );
    }
}

#[test]
fn a_tuple_among_the_parameters_is_found_wherever_it_stands() {
    for planted in [
        "fn f((a, b): (A, B)) {}",
        "impl X { pub async fn f<T: Fn((A, B))>(&self, (a, b): (A, B), c: C) -> D {} }",
        "fn g(a: A) {} fn f(\n    of: Vec<(A, B)>,\n    (a, b): (A, B),\n) {}",
    ] {
        assert_eq!(with_tuples(planted), ["f"], "{planted}");
    }
}

#[test]
fn a_type_a_bound_a_result_and_a_closure_may_have_tuples() {
    for allowed in [
        "fn f(a: (A, (B, C)), b: Option<(A, B)>) -> (A, B) { (a, b) }",
        "fn f<T: Fn((A, B)) -> C>(a: impl Fn(A, (B, C)), b: fn(A) -> B) where T: X<(A, B)> {}",
        "fn f() { g(|(a, b): (A, B)| a) }",
    ] {
        assert!(with_tuples(allowed).is_empty(), "{allowed}");
    }
}
