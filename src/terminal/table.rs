//! Tables: columns that line up, and on a terminal fit its width.

use console::{Alignment, measure_text_width, pad_str};

use super::style::Style;

/// The least columns that a name keeps where it gives way; with less it gets a line of its own.
const LEAST: usize = 12;

impl Style {
    /// Rows as lines that fit the terminal. The columns of `names` give way to the others, which hold what is
    /// decided: a name is shortened in its middle and stands whole on a line below, or all of them stand above
    /// where that is not enough.
    pub fn table(self, rows: &[Vec<String>], names: &[usize]) -> Vec<Vec<String>> {
        let widths = widths(rows);
        let taken = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        let excess = taken.saturating_sub(self.width.unwrap_or(taken));
        if excess == 0 {
            return columns(rows).into_iter().map(|line| vec![line]).collect();
        }
        let Some(rooms) = rooms(&widths, names, excess) else {
            return self.names_above(rows, names);
        };
        let mut whole: Vec<Vec<&str>> = Vec::with_capacity(rows.len());
        let mut fitted = rows.to_vec();
        for (row, cells) in rows.iter().zip(&mut fitted) {
            let mut cut = Vec::new();
            for ((cell, shown), room) in row.iter().zip(cells).zip(&rooms) {
                if measure_text_width(cell) > *room {
                    *shown = shortened(cell, *room);
                    cut.push(cell.trim_start());
                }
            }
            whole.push(cut);
        }
        let lines = columns(&fitted).into_iter().zip(whole);
        lines
            .map(|(line, cut)| {
                let below = self.wrap(&cut.join(" "), 2).into_iter();
                std::iter::once(line)
                    .chain(below.map(|part| format!("  {part}")))
                    .collect()
            })
            .collect()
    }

    /// Rows with their names on lines of their own.
    fn names_above(self, rows: &[Vec<String>], names: &[usize]) -> Vec<Vec<String>> {
        let split = |row: &Vec<String>, is_name: bool| -> Vec<String> {
            let cells = row.iter().enumerate();
            let own = cells.filter(|(place, _)| names.contains(place) == is_name);
            own.map(|(_, cell)| cell.clone()).collect()
        };
        let rest: Vec<Vec<String>> = rows.iter().map(|row| split(row, false)).collect();
        let lines = columns(&rest).into_iter().zip(rows);
        lines
            .map(|(line, row)| {
                let mut lines = self.wrap(&split(row, true).join(" "), 0);
                lines.push(self.fit(&format!("  {line}")));
                lines
            })
            .collect()
    }
}

/// How wide each column may be, so that they take so much less; `None` if names cannot give as much.
fn rooms(widths: &[usize], names: &[usize], excess: usize) -> Option<Vec<usize>> {
    let mut rooms = widths.to_vec();
    for _ in 0..excess {
        let those = rooms.iter_mut().enumerate();
        let giving = those.filter(|(place, room)| names.contains(place) && **room > LEAST);
        let (_, widest) = giving.max_by_key(|(_, room)| **room)?;
        *widest -= 1;
    }
    Some(rooms)
}

/// A text without its middle.
fn shortened(text: &str, room: usize) -> String {
    let taken = |end: &mut dyn Iterator<Item = char>, room: usize| -> Vec<char> {
        let mut left = room;
        let fits = |c: &char| {
            let width = measure_text_width(c.encode_utf8(&mut [0; 4]));
            let is_room = width <= left;
            left = left.saturating_sub(width);
            is_room
        };
        end.take_while(fits).collect()
    };
    let kept = room.saturating_sub(1);
    let start = taken(&mut text.chars(), kept.div_ceil(2));
    let end = taken(&mut text.chars().rev(), kept / 2);
    let (start, end) = (start.into_iter(), end.into_iter().rev());
    start.chain(std::iter::once('…')).chain(end).collect()
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| measure_text_width(cell))
            .max()
            .unwrap_or(0)
    };
    (0..count).map(widest).collect()
}

/// Rows as columns separated by two spaces, without trailing blanks.
pub fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let widths = widths(rows);
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(&pad_str(cell, width + 2, Alignment::Left, None));
            }
            line.trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::style::Tone;
    use super::*;

    fn lines(width: usize, rows: &[[&str; 3]]) -> Vec<Vec<String>> {
        let style = Style {
            is_colored: false,
            width: Some(width),
        };
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.map(str::to_owned).to_vec())
            .collect();
        let lines = style.table(&rows, &[0]);
        let all = lines.iter().flatten();
        assert!(
            all.clone().all(|line| measure_text_width(line) <= width),
            "{lines:?}"
        );
        lines
    }

    #[test]
    fn names_give_way_and_what_is_decided_never_does() {
        let rows = [
            ["DOCUMENT", "HEALTH", "NEXT POLL"],
            ["a-rather-long-name.example/jwks", "failing", "in 13 min"],
            ["short/jwks", "good", "in 13 min"],
        ];
        assert_eq!(
            lines(40, &rows),
            [
                vec!["DOCUMENT              HEALTH   NEXT POLL"],
                vec![
                    "a-rather-l…mple/jwks  failing  in 13 min",
                    "  a-rather-long-name.example/jwks"
                ],
                vec!["short/jwks            good     in 13 min"],
            ]
        );
        assert_eq!(
            lines(24, &rows),
            [
                vec!["DOCUMENT", "  HEALTH   NEXT POLL"],
                vec![
                    "a-rather-long-name.examp",
                    "le/jwks",
                    "  failing  in 13 min"
                ],
                vec!["short/jwks", "  good     in 13 min"],
            ]
        );
        assert!(lines(80, &rows).iter().all(|row| row.len() == 1));
    }

    #[test]
    fn a_character_that_takes_two_columns_counts_as_two_in_a_cell() {
        let rows = [["\u{6f22}", "a"], ["bb", "c"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows), ["\u{6f22}  a", "bb  c"]);
    }

    #[test]
    fn a_colored_cell_takes_as_many_columns_as_its_word() {
        let [colored, plain] = [true, false].map(|is_colored| Style {
            is_colored,
            width: None,
        });
        let good = colored.toned("good", Tone::Good);
        let row = |cell: &str| {
            vec![
                "goodname/jwks".to_owned(),
                cell.to_owned(),
                "now".to_owned(),
            ]
        };
        let lines = columns(&[row(&good), row("overdue")]);
        assert_eq!(
            lines,
            [
                "goodname/jwks  \u{1b}[32mgood\u{1b}[0m     now",
                "goodname/jwks  overdue  now"
            ]
        );
        assert_eq!(plain.toned("good", Tone::Good), "good");
    }
}
