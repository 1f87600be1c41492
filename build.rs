//! Embeds `migrations/NNNN_name.sql`; the build fails where a number is missing or stands twice.

#![expect(clippy::expect_used, reason = "a build that cannot go on should stop")]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let folder = Path::new(&root).join("migrations");
    let entries = fs::read_dir(&folder).expect("migrations/ exists");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "sql")
        })
        .collect();
    names.sort();
    let mut text = String::from("static MIGRATIONS: &[(u32, &str)] = &[\n");
    for (number, name) in (1u32..).zip(&names) {
        assert!(
            name.starts_with(&format!("{number:04}_")),
            "migrations/{name}: expected {number:04}_"
        );
        let path = folder.join(name);
        writeln!(
            text,
            "    ({number}, include_str!({:?})),",
            path.display().to_string()
        )
        .expect("a String takes it");
    }
    text.push_str("];\n");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("migrations.rs"), text).expect("OUT_DIR is writable");
}
