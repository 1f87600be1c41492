//! A file that a question names, or standard input.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context as _;

use crate::document::path;

/// Its first bytes, at most `most`; `-` is standard input. Who wants to know whether there is more
/// asks for one byte more than is allowed.
pub(super) fn read(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let doing = || format!("reading {}", path::visible(path));
    let input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).with_context(doing)?)
    };
    let mut bytes = Vec::new();
    let read = input.take(most).read_to_end(&mut bytes);
    read.with_context(doing)?;
    Ok(bytes)
}
