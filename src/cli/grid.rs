use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// Columns of a table at most; what is longer is wrapped.
const WIDTH: u16 = 150;

/// One line under the headings, and no other.
const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Rows under headings; the columns at the places `figures` are set to the right. No line ends in blanks.
pub fn grid(headings: &[&str], figures: &[usize], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(RULED).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    let cell = |(place, text): (usize, &str)| {
        let side = if figures.contains(&place) { CellAlignment::Right } else { CellAlignment::Left };
        Cell::new(text).set_alignment(side)
    };
    table.set_header(headings.iter().copied().enumerate().map(cell));
    for row in rows {
        table.add_row(row.iter().map(String::as_str).enumerate().map(cell));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
