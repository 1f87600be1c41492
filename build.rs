//! Embeds `migrations/NNNN_name.sql`; the build fails where a number is missing or stands twice. Names
//! the rules by a hash of their source: what an older program judged is judged again. Makes the tables of
//! kinds and of members: the build fails at a row that is wrong.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "build/kinds.rs"]
mod kinds;
#[path = "build/members.rs"]
mod members;
#[path = "build/values.rs"]
mod values;

fn main() -> Result<(), Box<dyn Error>> {
    migrations()?;
    tables()?;
    packed_relocations();
    rules()
}

/// The addresses that are filled in when the program is loaded take 16 bits each instead of 24 bytes: a
/// thirtieth of the program less. Linux programs load so since glibc 2.36, older linkers ignore it.
fn packed_relocations() {
    if env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// A hash of everything that decides what a document means. A version written by hand would be
/// forgotten at the first small change.
fn rules() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut files = Vec::new();
    for room in ["build", "src/document", "src/meaning"] {
        println!("cargo::rerun-if-changed={room}");
        collect(&root.join(room), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        file.strip_prefix(&root)?.hash(&mut hasher);
        fs::read(file)?.hash(&mut hasher);
    }
    println!(
        "cargo::rustc-env=ISSUERWATCH_RULES={:016x}",
        hasher.finish()
    );
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// `src/document/kind/kinds.toml` and `src/document/member/*.toml` as Rust; and once more with a kind that
/// only the tests of the library know.
fn tables() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let of_tests = root.join("tests/fixtures/kind");
    println!("cargo::rerun-if-changed={}", of_tests.display());
    let mut files = BTreeMap::new();
    for folder in [&root.join("src/document/member"), &of_tests] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                let name = path.file_name().unwrap_or_default().display().to_string();
                files.insert(name, fs::read_to_string(&path)?);
            }
        }
    }
    let values = fs::read_to_string(root.join("src/document/member/values.toml"))?;
    let mut rows = Vec::new();
    for (table, ending) in [
        (root.join("src/document/kind/kinds.toml"), ""),
        (of_tests.join("kinds.toml"), "_of_tests"),
    ] {
        let shown = table.strip_prefix(&root)?.display().to_string();
        kinds::read(&shown, &fs::read_to_string(&table)?, &mut rows)?;
        let out = PathBuf::from(env::var("OUT_DIR")?);
        fs::write(
            out.join(format!("kinds{ending}.rs")),
            kinds::written(&rows)?,
        )?;
        let members = members::written(&rows, &files, &values)?;
        fs::write(out.join(format!("members{ending}.rs")), members)?;
    }
    Ok(())
}

fn migrations() -> Result<(), Box<dyn Error>> {
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
