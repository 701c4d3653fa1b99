//! What R. Cont, S. Stoikov and R. Talreja, "A stochastic model for order book dynamics", 2010, have for Sky Perfect Communications: rates (Table 2) and the rows by
//! Laplace transforms of Tables 3, 4 and 5, as they are printed.

/// Limit orders a second by distance from the other side's best price.
pub const LIMIT: [f64; 5] = [1.85, 1.51, 1.09, 0.88, 0.77];
/// Cancels a second of each order, by the same distance; beyond, as at the last.
pub const CANCEL: [f64; 5] = [0.71, 0.81, 0.68, 0.56, 0.47];
/// Market orders a second, a side.
pub const MARKET: f64 = 0.94;

/// By orders at the bid (rows) and at the ask, from 1 to 5.
pub type Printed = [[f64; 5]; 5];

/// The mid moves up before it moves down, a tick between the best prices.
pub const TABLE_3: Printed = [
    [0.500, 0.336, 0.259, 0.216, 0.188],
    [0.664, 0.500, 0.407, 0.348, 0.307],
    [0.741, 0.593, 0.500, 0.437, 0.391],
    [0.784, 0.652, 0.563, 0.500, 0.452],
    [0.812, 0.693, 0.609, 0.548, 0.500],
];
/// Said to be: the last of the orders at the bid is executed before the mid moves.
pub const TABLE_4: Printed = [
    [0.497, 0.641, 0.709, 0.749, 0.776],
    [0.302, 0.449, 0.535, 0.591, 0.631],
    [0.206, 0.336, 0.422, 0.483, 0.528],
    [0.152, 0.263, 0.344, 0.404, 0.452],
    [0.118, 0.213, 0.287, 0.346, 0.393],
];
/// The last orders at the bid and at the ask are both executed before the mid moves.
pub const TABLE_5: Printed = [
    [0.266, 0.308, 0.309, 0.300, 0.288],
    [0.308, 0.386, 0.406, 0.406, 0.400],
    [0.309, 0.406, 0.441, 0.452, 0.452],
    [0.300, 0.406, 0.452, 0.471, 0.479],
    [0.288, 0.400, 0.452, 0.479, 0.491],
];
