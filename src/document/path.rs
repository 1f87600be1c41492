//! Paths of files: the folder of one, and how one is shown.

use std::path::Path;

use super::text;

/// The folder that a file is in; `.` for a name alone.
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// A path as it may be shown: a name on disk may hold what is a command to a terminal.
pub fn visible(path: &Path) -> String {
    text::visible(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_in_a_folder() {
        for (file, folder) in [
            ("a", "."),
            ("a/b", "a"),
            ("/a", "/"),
            ("/", "."),
            ("", "."),
            ("a/", "."),
        ] {
            assert_eq!(folder_of(Path::new(file)), Path::new(folder), "{file}");
        }
    }

    #[test]
    fn a_path_commands_no_terminal() {
        let path = Path::new("a\u{1b}]0;b\n\u{202e}c/d");
        assert_eq!(visible(path), "a<U+001B>]0;b<U+000A><U+202E>c/d");
    }
}
