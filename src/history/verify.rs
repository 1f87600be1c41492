//! `history verify`: whether the chain of events and the stored bodies hold.

use std::io::Write;

use crate::store::Reader;
use crate::wording::text::counted;

/// Checks the whole history and prints the result; returns whether it holds.
pub fn verify(reader: &Reader, out: &mut dyn Write) -> anyhow::Result<bool> {
    let proved = reader.verify()?;
    match proved.broken {
        Some(broken) => {
            writeln!(
                out,
                "{} {} does not hold: {}",
                broken.table, broken.id, broken.what
            )?;
            Ok(false)
        }
        None => {
            let head = reader.head()?.map(|(_, hash)| hash).unwrap_or_default();
            let events = counted(proved.events, "event");
            let bodies = match proved.bodies {
                1 => "1 body".to_owned(),
                many => format!("{many} bodies"),
            };
            writeln!(out, "{events} and {bodies} hold; head {head}")?;
            Ok(true)
        }
    }
}
