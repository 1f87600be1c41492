//! Placeholder until the structure test stands.
#[test]
fn the_suite_runs() {
    assert!(
        std::env::var_os("CARGO_MANIFEST_DIR")
            .map(|d| d.into_string().unwrap())
            .is_some()
    );
}
