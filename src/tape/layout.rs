use arrow_schema::{DataType, Field, Schema};

/// Key of the format version in the schema's metadata, which stands at the very beginning of the file and again in its footer.
pub(super) const VERSION_KEY: &str = "seatrial.tape";
/// The version written, and the only one read: a reader refuses every other version by name, and a change of columns or of
/// their meaning raises it.
pub(super) const VERSION: &str = "1";
/// Key of the header (JSON) in the footer's metadata.
pub(super) const HEADER_KEY: &str = "seatrial.header";
/// Key of the header's own BLAKE3 in the footer's metadata.
pub(super) const HEADER_HASH_KEY: &str = "seatrial.header.blake3";

/// Rows or bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Level changes and trades.
    Rows,
    /// Bars.
    Bars,
}

/// Width of all price and quantity columns of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// 32 bits.
    Narrow,
    /// 64 bits.
    Wide,
}

/// What a column is for; decides its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nanoseconds, i64.
    Stamp,
    /// Ticks or steps, i32 or i64.
    Number,
    /// Flags, u32.
    Flags,
    /// Delivery, i32.
    Shift,
}

const ROW_COLUMNS: [(&str, Role); 6] = [
    ("venue_at", Role::Stamp),
    ("local_at", Role::Stamp),
    ("price", Role::Number),
    ("quantity", Role::Number),
    ("flags", Role::Flags),
    ("delivery", Role::Shift),
];

const BAR_COLUMNS: [(&str, Role); 6] = [
    ("open_at", Role::Stamp),
    ("open", Role::Number),
    ("high", Role::Number),
    ("low", Role::Number),
    ("close", Role::Number),
    ("volume", Role::Number),
];

/// The columns of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub shape: Shape,
    pub width: Width,
    /// Whether the column `delivery` is there; only rows have it.
    pub delivery: bool,
}

impl Layout {
    /// How every file starts: narrow, in order.
    pub(super) const fn first(shape: Shape) -> Self {
        Self { shape, width: Width::Narrow, delivery: false }
    }

    /// Names and roles in file order.
    pub(super) fn columns(self) -> &'static [(&'static str, Role)] {
        match (self.shape, self.delivery) {
            (Shape::Bars, _) => &BAR_COLUMNS,
            (Shape::Rows, true) => &ROW_COLUMNS,
            (Shape::Rows, false) => &ROW_COLUMNS[..ROW_COLUMNS.len() - 1],
        }
    }

    /// Type of a column of this role.
    pub(super) fn data_type(self, role: Role) -> DataType {
        match (role, self.width) {
            (Role::Stamp, _) | (Role::Number, Width::Wide) => DataType::Int64,
            (Role::Shift, _) | (Role::Number, Width::Narrow) => DataType::Int32,
            (Role::Flags, _) => DataType::UInt32,
        }
    }

    /// The file's schema with the format version.
    pub(super) fn schema(self) -> Schema {
        let fields: Vec<Field> =
            self.columns().iter().map(|&(name, role)| Field::new(name, self.data_type(role), false)).collect();
        let version = (VERSION_KEY.to_owned(), VERSION.to_owned());
        Schema::new(fields).with_metadata(std::collections::BTreeMap::from([version]))
    }

    /// The layout with exactly these columns, if there is one.
    pub(super) fn recognise(columns: &[(String, DataType)]) -> Option<Self> {
        let matches = |layout: &Self| {
            let mine = layout.columns().iter().map(|&(name, role)| (name, layout.data_type(role)));
            mine.eq(columns.iter().map(|(name, data_type)| (name.as_str(), data_type.clone())))
        };
        Self::all().find(matches)
    }

    fn all() -> impl Iterator<Item = Self> {
        let widths = [Width::Narrow, Width::Wide];
        let shapes = [(Shape::Rows, false), (Shape::Rows, true), (Shape::Bars, false)];
        widths.into_iter().flat_map(move |width| shapes.map(|(shape, delivery)| Self { shape, width, delivery }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_recognises_itself_and_no_other() {
        for layout in Layout::all() {
            let mut columns: Vec<(String, DataType)> = layout
                .schema()
                .fields()
                .iter()
                .map(|field| (field.name().clone(), field.data_type().clone()))
                .collect();
            assert_eq!(Layout::recognise(&columns), Some(layout));
            columns[1].1 = DataType::Float64;
            assert_eq!(Layout::recognise(&columns), None);
        }
    }
}
