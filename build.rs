//! Embeds `migrations/NNNN_name.sql`; the build fails where a number is missing or stands twice.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=migrations");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("migrations");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().display().to_string();
        if Path::new(&name)
            .extension()
            .is_some_and(|ending| ending == "sql")
        {
            names.push(name);
        }
    }
    names.sort();
    let mut text = String::from("static MIGRATIONS: &[(u32, &str)] = &[\n");
    for (number, name) in (1u32..).zip(&names) {
        if !name.starts_with(&format!("{number:04}_")) {
            return Err(format!("migrations/{name}: expected {number:04}_").into());
        }
        let path = folder.join(name).display().to_string();
        writeln!(text, "    ({number}, include_str!({path:?})),")?;
    }
    text.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), text)?;
    Ok(())
}
