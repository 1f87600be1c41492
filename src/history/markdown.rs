//! A value as a cell of a table in Markdown.

/// What would be a sign of Markdown or of HTML is escaped: a document must not make a link or a picture in the
/// ticket into which it is pasted.
pub(super) fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\|`<>[]*".contains(c) {
            cell.push('\\');
        }
        cell.push(c);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_makes_neither_a_link_nor_a_tag_nor_a_column() {
        assert_eq!(
            cell("a|b `c` ![d](http://e) <script> x_y &lt; \\"),
            "a\\|b \\`c\\` !\\[d\\](http://e) \\<script\\> x_y &lt; \\\\"
        );
    }
}
