//! How a gate can be broken on purpose: the defects that real bots have had, and which gate can have which.
//!
//! Nobody breaks a gate but the proof that an audit notices; no configuration can say so.

/// One way in which a gate does not do what it has to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// It lets everything pass.
    NeverFires,
    /// It refuses whatever it is asked.
    AlwaysFires,
    /// It takes the opposite sign.
    WrongSign,
    /// It takes a figure for one in another unit.
    WrongUnit,
    /// It measures from somewhere else.
    WrongBaseline,
    /// It is one unit off.
    OffByOne,
    /// Its day ends at another hour.
    WrongDay,
    /// It starts anew in the middle, as if nothing had been saved.
    ForgetsAtRestart,
    /// It looks at what happens without a position alone.
    EntriesOnly,
    /// It does not count orders that it has not heard the end of.
    IgnoresUnknownOrders,
}

impl Defect {
    /// Every defect, in the order in which they are tried.
    pub const ALL: [Self; 10] = [
        Self::NeverFires,
        Self::AlwaysFires,
        Self::WrongSign,
        Self::WrongUnit,
        Self::WrongBaseline,
        Self::OffByOne,
        Self::WrongDay,
        Self::ForgetsAtRestart,
        Self::EntriesOnly,
        Self::IgnoresUnknownOrders,
    ];

    /// Stable name: `never-fires`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NeverFires => "never-fires",
            Self::AlwaysFires => "always-fires",
            Self::WrongSign => "wrong-sign",
            Self::WrongUnit => "wrong-unit",
            Self::WrongBaseline => "wrong-baseline",
            Self::OffByOne => "off-by-one",
            Self::WrongDay => "wrong-day",
            Self::ForgetsAtRestart => "forgets-at-restart",
            Self::EntriesOnly => "entries-only",
            Self::IgnoresUnknownOrders => "ignores-unknown-orders",
        }
    }

    /// What the gate of that name does when it has this defect.
    ///
    /// # Errors
    /// Why it cannot have it; nothing at all for a gate that nobody breaks.
    pub const fn of(self, gate: &str) -> Result<&'static str, &'static str> {
        match gate.as_bytes() {
            b"kill_switch" => self.of_kill_switch(),
            b"stale_data" => self.of_stale_data(),
            b"daily_loss" => self.of_daily_loss(),
            b"order_value" => self.of_order_value(),
            b"position" => self.of_position(),
            b"order_burst" => self.of_order_burst(),
            b"position_ramp" => self.of_position_ramp(),
            b"period_collar" => self.of_period_collar(),
            b"order_quantity" => self.of_order_quantity(),
            b"open_orders" => self.of_open_orders(),
            b"book_state" => self.of_book_state(),
            b"idempotency" => self.of_idempotency(),
            b"exposure" => self.of_equity_share(),
            b"leverage" => self.of_equity_share(),
            b"fee_coverage" => self.of_fee_coverage(),
            b"daily_orders" => self.of_daily_orders(),
            b"message_rate" => self.of_message_rate(),
            b"venue_filters" => self.of_venue_filters(),
            b"price_collar" => self.of_price_collar(),
            b"drawdown" => self.of_drawdown(),
            b"total_loss" => self.of_total_loss(),
            b"extreme_move" => self.of_extreme_move(),
            b"consecutive_losses" => self.of_consecutive_losses(),
            b"single_trade_loss" => self.of_single_trade_loss(),
            b"stop_loss" => self.of_stop_loss(),
            b"error_rate" => self.of_error_rate(),
            b"repeated_executions" => self.of_repeated_executions(),
            b"daily_turnover" => self.of_daily_turnover(),
            b"self_trade" => self.of_self_trade(),
            b"concurrent_positions" => self.of_concurrent_positions(),
            b"paper_mode" => self.of_paper_mode(),
            b"heartbeat" => self.of_heartbeat(),
            b"user_orders" => self.of_user_orders(),
            _ => Err(""),
        }
    }

    const fn of_kill_switch(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("engaging it does nothing"),
            Self::AlwaysFires => Ok("refuses before anybody has engaged it"),
            Self::WrongSign => Ok("refuses while it is released, passes while it is engaged"),
            Self::ForgetsAtRestart => Ok("is released by a restart"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::WrongUnit | Self::WrongBaseline | Self::OffByOne => Err("it is on or off, and measures nothing"),
            Self::WrongDay => Err("it knows no days"),
            Self::IgnoresUnknownOrders => Err("it counts no orders"),
        }
    }

    const fn of_stale_data(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses on a fresh market"),
            Self::WrongSign => Ok("takes the message's time minus now for the age"),
            Self::WrongUnit => Ok("takes nanoseconds for microseconds"),
            Self::WrongBaseline => Ok("counts the age from the first message, not the last"),
            Self::OffByOne => Ok("refuses at exactly the limit"),
            Self::EntriesOnly => Ok("looks at orders without a position alone"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
            Self::IgnoresUnknownOrders => Err("it counts no orders"),
        }
    }

    const fn of_daily_loss(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("trips at no loss"),
            Self::AlwaysFires => Ok("refuses before it has tripped"),
            Self::WrongSign => Ok("takes a loss for a gain"),
            Self::WrongUnit => Ok("takes a fraction for per cent"),
            Self::WrongBaseline => Ok("measures from the mark before, not from the day's start"),
            Self::OffByOne => Ok("does not count the first mark over the limit"),
            Self::WrongDay => Ok("ends its day at noon UTC"),
            Self::ForgetsAtRestart => Ok("is opened by a restart in the middle of the day"),
            Self::EntriesOnly => Ok("looks at equity without a position alone: realised losses"),
            Self::IgnoresUnknownOrders => Err("equity does not depend on orders"),
        }
    }

    const fn of_order_value(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("takes the quantity for negative"),
            Self::WrongUnit => Ok("takes steps for a thousandth of one"),
            Self::WrongBaseline => Ok("values at the best price of the order's own side, not at its limit"),
            Self::OffByOne => Ok("adds a lot: refuses at exactly the limit"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
            Self::IgnoresUnknownOrders => Err("it judges one order by itself"),
        }
    }

    const fn of_position(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("takes a long position for a short one"),
            Self::WrongUnit => Ok("takes steps for a thousandth of one"),
            Self::WrongBaseline => Ok("measures from the position at the start, not from none"),
            Self::OffByOne => Ok("adds a lot: refuses at exactly the limit"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::IgnoresUnknownOrders => Ok("counts the position alone, and no order that is open"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
        }
    }

    const fn of_order_burst(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("its clock runs backwards"),
            Self::WrongUnit => Ok("takes microseconds for nanoseconds"),
            Self::WrongBaseline => Ok("counts anew at every full window of the clock, not in any window"),
            Self::OffByOne => Ok("does not count the first order"),
            Self::ForgetsAtRestart => Ok("counts anew after a restart in the middle of a window"),
            Self::EntriesOnly => Ok("counts orders without a position alone"),
            Self::WrongDay => Err("it knows no days"),
            Self::IgnoresUnknownOrders => Err("an order counts when it is sent, whatever becomes of it"),
        }
    }

    const fn of_drawdown(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("trips at no fall"),
            Self::AlwaysFires => Ok("refuses before it has tripped"),
            Self::WrongSign => Ok("takes a fall for a rise"),
            Self::WrongUnit => Ok("takes a fraction for per cent"),
            Self::WrongBaseline => Ok("measures from the opening, not from the peak"),
            Self::OffByOne => Ok("does not count the first mark over the limit"),
            Self::WrongDay => Ok("is opened by the next UTC day"),
            Self::ForgetsAtRestart => Ok("is opened by a restart, and its peak forgotten"),
            Self::EntriesOnly => Ok("looks at equity without a position alone: realised losses"),
            Self::IgnoresUnknownOrders => Err("equity does not depend on orders"),
        }
    }

    const fn of_total_loss(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("trips at no loss"),
            Self::AlwaysFires => Ok("refuses before it has tripped"),
            Self::WrongSign => Ok("takes a loss for a gain"),
            Self::WrongUnit => Ok("takes a fraction for per cent"),
            Self::WrongBaseline => Ok("measures from the mark before, not from the start"),
            Self::OffByOne => Ok("does not count the first mark over the limit"),
            Self::WrongDay => Ok("is opened by the next UTC day"),
            Self::ForgetsAtRestart => Ok("is opened by a restart, which begins a new account"),
            Self::EntriesOnly => Ok("looks at equity without a position alone: realised losses"),
            Self::IgnoresUnknownOrders => Err("equity does not depend on orders"),
        }
    }

    const fn of_extreme_move(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("trips at no move"),
            Self::AlwaysFires => Ok("refuses before it has tripped"),
            Self::WrongSign => Ok("takes prices for negative"),
            Self::WrongUnit => Ok("takes nanoseconds for microseconds"),
            Self::OffByOne => Ok("does not count the first mark at another price"),
            Self::WrongDay => Ok("begins anew with every UTC day"),
            Self::ForgetsAtRestart => Ok("is opened by a restart"),
            Self::EntriesOnly => Ok("looks at prices without a position alone"),
            Self::WrongBaseline => Err("it measures from the lowest and from the highest price"),
            Self::IgnoresUnknownOrders => Err("prices do not depend on orders"),
        }
    }

    const fn of_consecutive_losses(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("trips at no number of losses"),
            Self::AlwaysFires => Ok("refuses before it has tripped"),
            Self::WrongSign => Ok("takes a loss for a gain"),
            Self::WrongBaseline => Ok("leaves fees out of a round trip"),
            Self::OffByOne => Ok("does not count the first round trip"),
            Self::WrongDay => Ok("begins anew with every UTC day"),
            Self::ForgetsAtRestart => Ok("counts anew after a restart between two losses"),
            Self::EntriesOnly => Ok("looks at fills without a position alone"),
            Self::WrongUnit => Err("it counts round trips"),
            Self::IgnoresUnknownOrders => Err("a round trip is made of fills"),
        }
    }

    const fn of_single_trade_loss(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("trips at no loss"),
            Self::AlwaysFires => Ok("refuses before it has tripped"),
            Self::WrongSign => Ok("takes a loss for a gain"),
            Self::WrongUnit => Ok("takes a fraction for per cent"),
            Self::WrongBaseline => Ok("leaves fees out of the loss"),
            Self::OffByOne => Ok("takes a sale to be a tick lower than it was"),
            Self::WrongDay => Ok("begins anew with every UTC day"),
            Self::ForgetsAtRestart => Ok("is opened by a restart"),
            Self::EntriesOnly => Ok("looks at fills without a position alone"),
            Self::IgnoresUnknownOrders => Err("a round trip is made of fills"),
        }
    }

    const fn of_stop_loss(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("trips at no loss"),
            Self::AlwaysFires => Ok("refuses before it has tripped"),
            Self::WrongSign => Ok("takes a loss for a gain"),
            Self::WrongUnit => Ok("takes a fraction for per cent"),
            Self::WrongBaseline => Ok("measures from the price at the start, not from what was paid"),
            Self::OffByOne => Ok("does not count the first mark over the limit"),
            Self::WrongDay => Ok("begins anew with every UTC day"),
            Self::ForgetsAtRestart => Ok("is opened by a restart"),
            Self::EntriesOnly => Ok("looks at marks without a position alone"),
            Self::IgnoresUnknownOrders => Err("an open position is made of fills"),
        }
    }

    const fn of_period_collar(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("takes prices for negative"),
            Self::WrongUnit => Ok("takes nanoseconds for microseconds"),
            Self::OffByOne => Ok("takes an order to be a tick farther away"),
            Self::WrongDay => Ok("begins anew with every UTC day"),
            Self::ForgetsAtRestart => Ok("begins anew after a restart"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::WrongBaseline => Err("it measures from the lowest and from the highest price"),
            Self::IgnoresUnknownOrders => Err("prices do not depend on orders"),
        }
    }

    const fn of_position_ramp(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("takes a long position for a short one"),
            Self::WrongUnit => Ok("takes steps for a thousandth of one"),
            Self::WrongBaseline => Ok("counts days on which something tripped as well"),
            Self::OffByOne => Ok("adds a lot: refuses at exactly the limit"),
            Self::WrongDay => Ok("takes half a day for one"),
            Self::ForgetsAtRestart => Ok("begins with the first limit after a restart"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::IgnoresUnknownOrders => Ok("counts the position alone, and no order that is open"),
        }
    }

    const fn of_error_rate(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("trips at no number of rejects"),
            Self::AlwaysFires => Ok("refuses before it has tripped"),
            Self::WrongSign => Ok("its clock runs backwards"),
            Self::WrongUnit => Ok("takes microseconds for nanoseconds"),
            Self::WrongBaseline => Ok("counts anew at every full window of the clock, not in any window"),
            Self::OffByOne => Ok("does not count the first reject"),
            Self::WrongDay => Ok("begins anew with every UTC day"),
            Self::ForgetsAtRestart => Ok("is opened by a restart"),
            Self::EntriesOnly => Ok("counts rejects without a position alone"),
            Self::IgnoresUnknownOrders => Err("an order is no error until the venue says so"),
        }
    }

    const fn of_repeated_executions(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("trips at no number of executions"),
            Self::AlwaysFires => Ok("refuses before it has tripped"),
            Self::WrongSign => Ok("its clock runs backwards"),
            Self::WrongUnit => Ok("takes microseconds for nanoseconds"),
            Self::WrongBaseline => Ok("counts anew at every full window of the clock, not in any window"),
            Self::OffByOne => Ok("does not count the first execution"),
            Self::WrongDay => Ok("begins anew with every UTC day"),
            Self::ForgetsAtRestart => Ok("counts anew after a restart in the middle of a window"),
            Self::EntriesOnly => Ok("counts executions without a position alone"),
            Self::IgnoresUnknownOrders => Err("it counts fills"),
        }
    }

    const fn of_daily_turnover(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("takes the quantity for negative"),
            Self::WrongUnit => Ok("takes steps for a thousandth of one"),
            Self::WrongBaseline => Ok("counts from the start of the run, not of the day"),
            Self::OffByOne => Ok("adds a lot: refuses at exactly the limit"),
            Self::WrongDay => Ok("ends its day at noon UTC"),
            Self::ForgetsAtRestart => Ok("begins the day anew after a restart"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::IgnoresUnknownOrders => Ok("counts fills and the order alone, and no order that is open"),
        }
    }

    const fn of_self_trade(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("looks at own orders of the order's own side"),
            Self::WrongUnit => Ok("takes own prices for a thousandth of one"),
            Self::WrongBaseline => Ok("takes the order to go to the best price, not to its limit"),
            Self::OffByOne => Ok("takes an equal price for one that does not meet"),
            Self::EntriesOnly => Ok("looks at orders without a position alone"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
            Self::IgnoresUnknownOrders => Err("the bot's books say which own orders may rest"),
        }
    }

    const fn of_concurrent_positions(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::OffByOne => Ok("does not count the order's own market"),
            Self::EntriesOnly => Ok("looks at orders without a position in their market alone"),
            Self::WrongSign | Self::WrongUnit => Err("it counts markets"),
            Self::WrongBaseline => Err("it counts from none"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
            Self::IgnoresUnknownOrders => Err("the bot's books say in which markets it is"),
        }
    }

    const fn of_paper_mode(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses in a paper session"),
            Self::WrongSign => Ok("takes live for paper and paper for live"),
            Self::EntriesOnly => Ok("lets a position be added to, and reduced, in a live session"),
            Self::WrongUnit | Self::WrongBaseline | Self::OffByOne => Err("it measures nothing"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it has to: every start says anew what it is connected to"),
            Self::IgnoresUnknownOrders => Err("it counts no orders"),
        }
    }

    const fn of_heartbeat(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass and never trips"),
            Self::AlwaysFires => Ok("refuses while it is watched"),
            Self::WrongSign => Ok("takes the last heartbeat minus now for the silence"),
            Self::WrongUnit => Ok("takes nanoseconds for microseconds"),
            Self::WrongBaseline => Ok("counts the silence from the start of the run"),
            Self::OffByOne => Ok("refuses at exactly the limit"),
            Self::ForgetsAtRestart => Ok("begins anew after a restart in the middle of a silence"),
            Self::EntriesOnly => Ok("looks at what happens without a position alone"),
            Self::WrongDay => Err("it knows no days"),
            Self::IgnoresUnknownOrders => Err("it counts no orders"),
        }
    }

    const fn of_user_orders(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::OffByOne => Ok("counts an order more than there was"),
            Self::WrongDay => Ok("ends its day at noon UTC"),
            Self::ForgetsAtRestart => Ok("counts anew after a restart in the middle of the day"),
            Self::EntriesOnly => Ok("looks at orders without a position alone"),
            Self::WrongSign | Self::WrongUnit => Err("it counts orders"),
            Self::WrongBaseline => Err("it counts from none"),
            Self::IgnoresUnknownOrders => Err("an order counts when it is sent, whatever becomes of it"),
        }
    }

    const fn of_order_quantity(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("takes the quantity for negative"),
            Self::WrongUnit => Ok("takes steps for a thousandth of one"),
            Self::OffByOne => Ok("adds a lot: refuses at exactly the limit"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::WrongBaseline => Err("it measures from none"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
            Self::IgnoresUnknownOrders => Err("it judges one order by itself"),
        }
    }

    const fn of_open_orders(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::OffByOne => Ok("does not count the order asked for"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::IgnoresUnknownOrders => Ok("counts no order whose end it has not heard of"),
            Self::WrongSign | Self::WrongUnit => Err("it counts orders"),
            Self::WrongBaseline => Err("it counts from none"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
        }
    }

    const fn of_book_state(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses on a sound book"),
            Self::WrongSign => Ok("takes the bid for the ask"),
            Self::OffByOne => Ok("takes a book of one side for one of two"),
            Self::EntriesOnly => Ok("looks at orders without a position alone"),
            Self::WrongUnit | Self::WrongBaseline => Err("it compares two prices of one book"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
            Self::IgnoresUnknownOrders => Err("it counts no orders"),
        }
    }

    const fn of_idempotency(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongBaseline => Ok("knows orders by their number alone, and not by their wish"),
            Self::ForgetsAtRestart => Ok("knows nothing of what was sent before a restart"),
            Self::EntriesOnly => Ok("looks at orders without a position alone"),
            Self::WrongSign | Self::WrongUnit | Self::OffByOne => Err("a number was used or it was not"),
            Self::WrongDay => Err("it knows no days"),
            Self::IgnoresUnknownOrders => Err("a number is used when its order is sent, whatever becomes of it"),
        }
    }

    const fn of_equity_share(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("takes a long position for a short one"),
            Self::WrongUnit => Ok("takes steps for a thousandth of one"),
            Self::WrongBaseline => Ok("takes the opening equity for the present one"),
            Self::OffByOne => Ok("adds a lot: refuses at exactly the limit"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::IgnoresUnknownOrders => Ok("counts the position alone, and no order that is open"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
        }
    }

    const fn of_fee_coverage(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("takes a gain for a loss"),
            Self::WrongUnit => Ok("takes an edge for a thousand times as much"),
            Self::WrongBaseline => Ok("takes the taker's fee for the maker's, and the maker's for the taker's"),
            Self::OffByOne => Ok("refuses what covers its costs exactly"),
            Self::EntriesOnly => Ok("lets a position be added to"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
            Self::IgnoresUnknownOrders => Err("it judges one order by itself"),
        }
    }

    const fn of_daily_orders(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("its days run backwards"),
            Self::OffByOne => Ok("does not count the first order"),
            Self::WrongDay => Ok("ends its day at noon UTC"),
            Self::ForgetsAtRestart => Ok("counts anew after a restart in the middle of the day"),
            Self::EntriesOnly => Ok("counts orders without a position alone"),
            Self::WrongUnit => Err("it counts orders"),
            Self::WrongBaseline => Err("it counts from a day's start: see the wrong day"),
            Self::IgnoresUnknownOrders => Err("an order counts when it is sent, whatever becomes of it"),
        }
    }

    const fn of_message_rate(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("its clock runs backwards"),
            Self::WrongUnit => Ok("takes microseconds for nanoseconds"),
            Self::WrongBaseline => Ok("counts anew at every full window of the clock, not in any window"),
            Self::OffByOne => Ok("does not count the first message"),
            Self::ForgetsAtRestart => Ok("counts anew after a restart in the middle of a window"),
            Self::EntriesOnly => Ok("counts messages without a position alone"),
            Self::WrongDay => Err("it knows no days"),
            Self::IgnoresUnknownOrders => Err("a message counts when it is sent, whatever becomes of it"),
        }
    }

    const fn of_venue_filters(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses what the venue would take"),
            Self::WrongSign => Ok("takes the quantity for negative"),
            Self::WrongUnit => Ok("takes steps for a thousandth of one"),
            Self::OffByOne => Ok("adds a lot: takes one below the least for the least"),
            Self::EntriesOnly => Ok("looks at orders without a position alone"),
            Self::WrongBaseline => Err("the filters are the venue's"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
            Self::IgnoresUnknownOrders => Err("no scene fills the venue's room for open orders"),
        }
    }

    const fn of_price_collar(self) -> Result<&'static str, &'static str> {
        match self {
            Self::NeverFires => Ok("lets every order pass"),
            Self::AlwaysFires => Ok("refuses every order"),
            Self::WrongSign => Ok("sees no distance below the mid"),
            Self::WrongUnit => Ok("takes per cent for a fraction"),
            Self::WrongBaseline => Ok("measures from the best price of the order's own side, not from the mid"),
            Self::OffByOne => Ok("adds a tick: refuses at exactly the limit"),
            Self::EntriesOnly => Ok("looks at orders without a position alone"),
            Self::WrongDay => Err("it knows no days"),
            Self::ForgetsAtRestart => Err("it remembers nothing"),
            Self::IgnoresUnknownOrders => Err("it judges one order by itself"),
        }
    }
}
