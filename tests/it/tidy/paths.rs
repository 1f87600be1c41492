//! Which file uses which names of which other, by `use` declarations and by paths inside the code.
//!
//! A name is followed through re-exports to the file that defines it. `mod x;` is no use, and nor is
//! `pub use x::Y` of a name that the file itself does not mention. Methods are not seen: an `impl` may
//! stand in whichever file has what it needs.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::tokens;

/// A module, from the root of the crate.
type Path = Vec<String>;

/// One name of one file that another one uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    pub from: String,
    pub to: String,
    pub name: String,
    /// The module at the root of the crate through which it is reached.
    pub through: String,
}

/// A `use` declaration: what it stands for, and the name that it passes on, if it does.
struct Declared {
    path: Path,
    passed_on_as: Option<String>,
}

#[derive(Default)]
struct Sources {
    /// Modules, inline ones too, with their files.
    files: BTreeMap<Path, String>,
    /// What a module calls by a name that it does not define: that name, and what it stands for.
    imports: BTreeMap<(Path, String), Path>,
}

/// The module that a file is.
fn module_of(file: &str) -> Path {
    let steps = file.trim_end_matches(".rs").split('/');
    let mut path: Path = steps.map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod") || file == "lib.rs" || file == "main.rs" {
        path.pop();
    }
    path
}

/// All uses between these files; each is its path below `src`, and its text.
pub(super) fn uses(files: &[(String, String)]) -> Vec<Use> {
    let mut sources = Sources::default();
    let read: Vec<(&String, Vec<String>)> = files
        .iter()
        .map(|(file, text)| (file, tokens(text)))
        .collect();
    for (file, tokens) in &read {
        sources.add_modules(file, tokens);
    }
    let declared: Vec<Vec<Declared>> = read
        .iter()
        .map(|(file, tokens)| sources.add_imports(file, tokens))
        .collect();
    let mut found = BTreeSet::new();
    for ((file, tokens), declared) in read.iter().zip(&declared) {
        for path in sources.paths(file, tokens, declared) {
            if let Some((to, name)) = sources.resolve(&path, 0)
                && to != **file
            {
                found.insert(Use {
                    from: (*file).clone(),
                    to,
                    name,
                    through: path[0].clone(),
                });
            }
        }
    }
    found.into_iter().collect()
}

impl Sources {
    fn add_modules(&mut self, file: &str, tokens: &[String]) {
        // What `main.rs` and `lib.rs` both are is the library for whoever names it.
        if file == "main.rs" {
            return;
        }
        walk(tokens, module_of(file), &mut |module, _, _| {
            self.files.insert(module.clone(), file.to_owned());
        });
    }

    fn add_imports(&mut self, file: &str, tokens: &[String]) -> Vec<Declared> {
        let mut declared = Vec::new();
        walk(
            tokens,
            module_of(file),
            &mut |module, statement, is_public| {
                let Statement::Use(tree) = statement else {
                    return;
                };
                for (path, name) in tree_paths(tree) {
                    if let Some(path) = self.absolute(module, &path) {
                        let key = (module.clone(), name.clone());
                        self.imports.insert(key, path.clone());
                        let passed_on_as = is_public.then_some(name);
                        declared.push(Declared { path, passed_on_as });
                    }
                }
            },
        );
        declared
    }

    /// All that a file names, from the root of the crate.
    fn paths(&self, file: &str, tokens: &[String], declared: &[Declared]) -> Vec<Path> {
        let mut words = BTreeSet::new();
        let mut all = Vec::new();
        walk(tokens, module_of(file), &mut |module, statement, _| {
            if let Statement::Code(code) = statement {
                words.extend(code.iter().cloned());
                let paths = code_paths(code).into_iter();
                all.extend(paths.filter_map(|path| self.absolute(module, &path)));
            }
        });
        let is_used = |it: &&Declared| it.passed_on_as.as_ref().is_none_or(|it| words.contains(it));
        all.extend(declared.iter().filter(is_used).map(|it| it.path.clone()));
        all
    }

    /// A path from the root of the crate; `None` if it leads out of it, or is no path of modules.
    fn absolute(&self, module: &Path, path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        let beside = |base: &[String], rest: &[String]| [base, rest].concat();
        match first.as_str() {
            "crate" | "issuerwatch" => Some(rest.to_vec()),
            "self" => Some(beside(module, rest)),
            "super" => {
                let ups = path.iter().take_while(|step| *step == "super").count();
                let base = module.get(..module.len().checked_sub(ups)?)?;
                Some(beside(base, &path[ups..]))
            }
            _ => {
                let child = beside(module, std::slice::from_ref(first));
                if self.files.contains_key(&child) {
                    return Some(beside(&child, rest));
                }
                let imported = self.imports.get(&(module.clone(), first.clone()))?;
                Some(beside(imported, rest))
            }
        }
    }

    /// The file that defines what a path names, and its name there. A module by itself is none.
    fn resolve(&self, path: &[String], depth: u8) -> Option<(String, String)> {
        let ends = (0..=path.len()).rev();
        let end = ends
            .into_iter()
            .find(|end| self.files.contains_key(&path[..*end]))?;
        let (module, rest) = path.split_at(end);
        let (name, rest) = rest.split_first()?;
        let import = self.imports.get(&(module.to_vec(), name.clone()));
        if let Some(import) = import.filter(|import| depth < 8 && import.as_slice() != path) {
            return self.resolve(&[import, rest].concat(), depth + 1);
        }
        Some((self.files[module].clone(), name.clone()))
    }
}

enum Statement<'a> {
    /// What stands between `use` and `;`.
    Use(&'a [String]),
    Code(&'a [String]),
    /// A module begins.
    Module,
}

/// Walks over a file, module by module: each declaration, and the code between them.
fn walk(tokens: &[String], mut module: Path, say: &mut impl FnMut(&Path, &Statement<'_>, bool)) {
    // At which depth of braces each inline module ends.
    let mut inline: Vec<usize> = Vec::new();
    let (mut depth, mut i, mut code_from) = (0, 0, 0);
    say(&module, &Statement::Module, false);
    while i < tokens.len() {
        let next = |by: usize| tokens.get(i + by).map_or("", String::as_str);
        match tokens[i].as_str() {
            "use" if next(1) != "<" => {
                say(&module, &Statement::Code(&tokens[code_from..i]), false);
                let mut before = tokens[code_from..i]
                    .iter()
                    .rev()
                    .map(String::as_str)
                    .take_while(|it| !matches!(*it, ";" | "}" | "{"));
                let is_public = before.any(|it| it == "pub");
                let length = tokens[i..].iter().position(|it| it == ";");
                let end = length.map_or(tokens.len(), |length| i + length);
                say(&module, &Statement::Use(&tokens[i + 1..end]), is_public);
                i = end + 1;
                code_from = i;
                continue;
            }
            "mod" if next(2) == "{" => {
                say(&module, &Statement::Code(&tokens[code_from..i]), false);
                module.push(next(1).to_owned());
                say(&module, &Statement::Module, false);
                depth += 1;
                inline.push(depth);
                i += 3;
                code_from = i;
                continue;
            }
            "{" => depth += 1,
            "}" => {
                if inline.last() == Some(&depth) {
                    say(&module, &Statement::Code(&tokens[code_from..i]), false);
                    code_from = i + 1;
                    inline.pop();
                    module.pop();
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
        i += 1;
    }
    say(
        &module,
        &Statement::Code(&tokens[code_from.min(tokens.len())..]),
        false,
    );
}

/// The paths of a `use` tree, each with the name that it gets.
fn tree_paths(tree: &[String]) -> Vec<(Path, String)> {
    let mut found = Vec::new();
    let mut prefixes: Vec<Path> = vec![Vec::new()];
    let mut path: Path = Vec::new();
    let mut alias: Option<String> = None;
    let mut i = 0;
    let finish = |path: &mut Path, alias: &mut Option<String>, found: &mut Vec<(Path, String)>| {
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        if let Some(last) = path.last().cloned() {
            found.push((path.clone(), alias.take().unwrap_or(last)));
        }
    };
    while i < tree.len() {
        match tree[i].as_str() {
            "::" => {}
            "{" => prefixes.push(path.clone()),
            "," | "}" => {
                let has_more = path.len() > prefixes.last().map_or(0, Vec::len);
                if has_more {
                    finish(&mut path, &mut alias, &mut found);
                }
                if tree[i] == "}" {
                    prefixes.pop();
                }
                path = prefixes.last().cloned().unwrap_or_default();
                // What stands behind a group is done with it.
                if tree[i] == "}" {
                    while tree.get(i + 1).is_some_and(|it| it == ",") {
                        i += 1;
                    }
                }
            }
            "as" => {
                alias = tree.get(i + 1).cloned();
                i += 1;
            }
            name => path.push(name.to_owned()),
        }
        i += 1;
    }
    if !path.is_empty() && prefixes.len() == 1 {
        finish(&mut path, &mut alias, &mut found);
    }
    found
}

/// The paths of two steps and more in code.
fn code_paths(code: &[String]) -> Vec<Path> {
    let is_name = |token: &str| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut found = Vec::new();
    let mut i = 0;
    while i < code.len() {
        if !is_name(&code[i]) {
            i += 1;
            continue;
        }
        let mut path = vec![code[i].clone()];
        while code.get(i + 1).is_some_and(|it| it == "::")
            && code.get(i + 2).is_some_and(|it| is_name(it))
        {
            path.push(code[i + 2].clone());
            i += 2;
        }
        if path.len() > 1 {
            found.push(path);
        }
        i += 1;
    }
    found
}
