use super::layout::{Role, Shape, Width};
use super::{BarBatch, Batch, IntColumn, RowBatch};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::DataType;
use std::sync::Arc;

/// One column of one batch, as it stands in the file.
#[derive(Debug, Clone)]
pub(super) enum Column {
    I64(ScalarBuffer<i64>),
    I32(ScalarBuffer<i32>),
    U32(ScalarBuffer<u32>),
}

impl Column {
    /// The values of an Arrow array, shared; `None` for types that no tape has.
    pub(super) fn from_array(array: &ArrayRef) -> Option<Self> {
        match array.data_type() {
            DataType::Int64 => Some(Self::I64(array.as_primitive::<Int64Type>().values().clone())),
            DataType::Int32 => Some(Self::I32(array.as_primitive::<Int32Type>().values().clone())),
            DataType::UInt32 => Some(Self::U32(array.as_primitive::<UInt32Type>().values().clone())),
            _ => None,
        }
    }

    pub(super) fn to_array(&self) -> ArrayRef {
        match self {
            Self::I64(values) => Arc::new(PrimitiveArray::<Int64Type>::new(values.clone(), None)),
            Self::I32(values) => Arc::new(PrimitiveArray::<Int32Type>::new(values.clone(), None)),
            Self::U32(values) => Arc::new(PrimitiveArray::<UInt32Type>::new(values.clone(), None)),
        }
    }

    /// The bytes in the file.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::I64(values) => values.inner().as_slice(),
            Self::I32(values) => values.inner().as_slice(),
            Self::U32(values) => values.inner().as_slice(),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::I64(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::U32(values) => values.len(),
        }
    }

    /// Ticks or steps that are known to fit 32 bits, in `room`.
    pub(super) fn narrow(values: &[i64], mut room: Vec<i32>) -> Self {
        room.extend(values.iter().map(|&value| value as i32));
        Self::I32(room.into())
    }

    /// This column of role `role` in width `width`, which is not narrower than it is now.
    pub(super) fn rewidened(self, role: Role, width: Width) -> Self {
        match (self, role, width) {
            (Self::I32(values), Role::Number, Width::Wide) => {
                Self::I64(values.iter().map(|&value| i64::from(value)).collect::<Vec<i64>>().into())
            }
            (column, _, _) => column,
        }
    }

    /// First and last value of a column of stamps.
    pub(super) fn ends(&self) -> Option<(i64, i64)> {
        match self {
            Self::I64(values) => Some((*values.first()?, *values.last()?)),
            Self::I32(_) | Self::U32(_) => None,
        }
    }

    fn stamps(self) -> ScalarBuffer<i64> {
        match self {
            Self::I64(values) => values,
            other => panic!("column of stamps holds {other:?}, not i64"),
        }
    }

    fn int(self) -> IntColumn {
        match self {
            Self::I64(values) => IntColumn::Wide(values),
            Self::I32(values) => IntColumn::Narrow(values),
            Self::U32(values) => panic!("column of numbers holds {values:?}, not integers with a sign"),
        }
    }

    fn flags(self) -> ScalarBuffer<u32> {
        match self {
            Self::U32(values) => values,
            other => panic!("column of flags holds {other:?}, not u32"),
        }
    }

    fn shifts(self) -> ScalarBuffer<i32> {
        match self {
            Self::I32(values) => values,
            other => panic!("column of deliveries holds {other:?}, not i32"),
        }
    }
}

/// True when all values fit 32 bits.
pub(super) fn fits_narrow(values: &[i64]) -> bool {
    let outside = values.iter().fold(0_u64, |bits, &value| bits | ((value as u64).wrapping_add(1 << 31) >> 32));
    outside == 0
}

/// The columns of a batch, in file order, as the batch that the engine reads.
pub(super) fn batch(shape: Shape, columns: Vec<Column>) -> Batch {
    let count = columns.len();
    let mut columns = columns.into_iter();
    let mut next = || columns.next().unwrap_or_else(|| panic!("{count} columns are too few for {shape:?}"));
    match shape {
        Shape::Rows => Batch::Rows(RowBatch {
            venue_at: next().stamps(),
            local_at: next().stamps(),
            price: next().int(),
            quantity: next().int(),
            flags: next().flags(),
            delivery: columns.next().map(Column::shifts),
        }),
        Shape::Bars => Batch::Bars(BarBatch {
            open_at: next().stamps(),
            open: next().int(),
            high: next().int(),
            low: next().int(),
            close: next().int(),
            volume: next().int(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::fits_narrow;

    #[test]
    fn narrow_means_i32() {
        let (low, high) = (i64::from(i32::MIN), i64::from(i32::MAX));
        assert!(fits_narrow(&[0, low, high]));
        for value in [low - 1, high + 1, i64::MIN, i64::MAX] {
            assert!(!fits_narrow(&[0, value]), "{value}");
        }
    }
}
