use super::account::{Account, Trade, difference, sum};
use super::bot::Bot;
use super::difference::{Difference, Figure, View};
use super::outcome::{EquityRow, FigureRow, MarketRow, OnTheWay, Reconciled};
use super::venue::Venue;
use crate::ledger::Cause;
use crate::ledger::{Ledger, Method, Opening};
use crate::model::{Booking, ExecutionReport, Fill, Instrument, Intent, Mark, MarketId, ReportKind};
use crate::units::{Money, Overflow, Quantity, Timestamp};
use std::collections::VecDeque;

/// Differences kept in full; all are counted.
const DIFFERENCES_KEPT: usize = 20;
/// Fills on their way that are kept in full; all reports are counted.
const ON_THE_WAY_KEPT: usize = 20;

/// Holds the accounts of one lane against each other while its journal is read. Entries are numbered by the caller, from 0.
#[derive(Debug)]
pub struct Reconciliation {
    desks: Vec<Desk>,
    bot: Bot,
    /// Reports that the bot has not heard, in the order in which it will.
    on_the_way: VecDeque<Travelling>,
    /// What the journal's equity has more than the ledgers', and the venues' accounts.
    equity_gaps: [i128; 2],
    /// The last entry with which all markets had been marked.
    marked: Option<u64>,
    equity: EquityRow,
    entries: u64,
    fills: u64,
    found: u64,
    differences: Vec<Difference>,
}

/// One market: its two accounts beside the bot's, and what separates them.
#[derive(Debug)]
struct Desk {
    instrument: Instrument,
    ledger: Ledger,
    venue: Venue,
    /// Last mid marked, doubled.
    mid_x2: i64,
    venue_gap: [i128; 4],
    bot_gap: [i128; 4],
    /// What the ledger comes to without the reports that the bot has not heard: some may be heard before others made earlier.
    told: [i128; 4],
    /// Steps between the journal's position and the ledger's.
    marked_gap: i128,
}

/// A report, and what it has changed in the ledger.
#[derive(Debug)]
struct Travelling {
    entry: u64,
    report: ExecutionReport,
    change: [i128; 4],
}

/// Where something is found.
#[derive(Debug, Clone, Copy)]
struct Place {
    entry: u64,
    at: Timestamp,
    order: Option<u64>,
    since: Option<u64>,
}

impl Place {
    const fn report(entry: u64, report: &ExecutionReport) -> Self {
        Self { entry, at: report.matched_at, order: Some(report.client_order_id.0), since: None }
    }
}

impl Desk {
    fn new(instrument: &Instrument, opening: &Opening, account: Account) -> Result<Self, Overflow> {
        let mut desk = Self {
            ledger: Ledger::new(instrument, opening)?,
            venue: Venue::new(instrument, account),
            mid_x2: opening.at.map_or(0, |price| price.ticks().saturating_mul(2)),
            venue_gap: [0; 4],
            bot_gap: [0; 4],
            told: [0; 4],
            marked_gap: 0,
            instrument: instrument.clone(),
        };
        desk.told = desk.figures()?;
        Ok(desk)
    }

    fn figures(&self) -> Result<[i128; 4], Overflow> {
        let ledger = &self.ledger;
        let gain = ledger.realized_by(Method::Average).checked_sub(ledger.basis(Method::Average))?;
        let position = i128::from(ledger.position().steps());
        Ok([position, ledger.cash().atto(), ledger.fees().atto(), gain.atto()])
    }

    /// A figure as people read it: a position in base, all else in quote.
    fn amount(&self, figure: Figure, value: i128) -> Result<Money, Overflow> {
        match figure {
            Figure::Position => self.instrument.base_amount(Quantity::new(1))?.times(value),
            _ => Ok(Money::from_atto(value)),
        }
    }

    /// Posts a fill as reported. A quantity below zero, which no venue reports, is a trade of the other side.
    fn post(&mut self, report: &ExecutionReport, fill: &Fill) -> Result<(), Overflow> {
        let steps = fill.quantity.steps();
        let size = steps.checked_abs().ok_or_else(|| Overflow::new("fill quantity", steps, -1))?;
        let side = if steps < 0 { report.side.opposite() } else { report.side };
        self.ledger.fill(side, fill.price, Quantity::new(size), fill.fee)?;
        self.venue.fill(report, fill)
    }
}

impl Reconciliation {
    /// Accounts with the opening balances of each market, in the order of the run's markets.
    ///
    /// # Errors
    /// [`Overflow`] when an opening cannot be valued.
    pub fn new<'a>(markets: impl IntoIterator<Item = (&'a Instrument, &'a Opening)>) -> Result<Self, Overflow> {
        let (mut desks, mut accounts) = (Vec::new(), Vec::new());
        for (instrument, opening) in markets {
            let account = Account::open(instrument, opening)?;
            desks.push(Desk::new(instrument, opening, account)?);
            accounts.push(account);
        }
        let equity = EquityRow {
            ledger: Money::ZERO,
            venue: Money::ZERO,
            journal: None,
            run: None,
            compared: 0,
            not_compared: 0,
        };
        Ok(Self {
            desks,
            bot: Bot::new(accounts),
            on_the_way: VecDeque::new(),
            equity_gaps: [0; 2],
            marked: None,
            equity,
            entries: 0,
            fills: 0,
            found: 0,
            differences: Vec::new(),
        })
    }

    /// The same, of a run whose reports may be heard of late and in any order.
    #[must_use]
    pub fn on_a_wire(mut self) -> Self {
        self.bot.may_hear_late();
        self
    }

    /// An entry that moves nothing, or the first thing to do with any entry: the bot hears what it has heard by `at`.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn passed(&mut self, at: Timestamp) -> Result<(), Overflow> {
        self.entries += 1;
        while let Some(travelling) = self.on_the_way.pop_front_if(|next| next.report.reported_at <= at) {
            self.hear(&travelling)?;
        }
        Ok(())
    }

    /// What a market opens with, and the whole account, as the journal has it.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn started(
        &mut self,
        entry: u64,
        at: Timestamp,
        market: MarketId,
        (position, equity): (Quantity, Money),
    ) -> Result<(), Overflow> {
        let place = Place { entry, at, order: None, since: None };
        self.passed(at)?;
        self.hold_position(place, market, position)?;
        if market.index() + 1 < self.desks.len() { Ok(()) } else { self.hold_equity(place, equity) }
    }

    /// The bot has sent an order.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn sent(&mut self, at: Timestamp, intent: &Intent) -> Result<(), Overflow> {
        self.passed(at)?;
        self.bot.sent(intent);
        Ok(())
    }

    /// The venue has acted on an order.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn reported(&mut self, entry: u64, report: &ExecutionReport) -> Result<(), Overflow> {
        self.passed(report.matched_at)?;
        let (market, place) = (report.market.index(), Place::report(entry, report));
        let own = self.bot.market_of(report.client_order_id);
        if let Some(own) = own.filter(|own| *own != report.market && !matches!(report.kind, ReportKind::Rejected(_))) {
            let number = |market: MarketId| Money::from_units(i64::from(market.0));
            let views = [(View::Bot, number(own)), (View::Journal, number(report.market))];
            self.differs(place, Some(market), Figure::Market, views);
        }
        let Some(desk) = self.desks.get_mut(market) else { return Ok(()) };
        let before = desk.figures()?;
        if let ReportKind::Filled(fill) = &report.kind {
            desk.post(report, fill)?;
            self.fills += 1;
            self.compare_venue(place, market)?;
        } else if report.kind.sets_right() {
            desk.ledger.take(report)?;
            desk.venue.set_right(report)?;
            self.compare_venue(place, market)?;
        }
        let change = gaps(self.desks[market].figures()?, before)?;
        let place = self.on_the_way.partition_point(|other| other.report.reported_at <= report.reported_at);
        self.on_the_way.insert(place, Travelling { entry, report: *report, change });
        Ok(())
    }

    /// Quote moved without a fill: `amount` received, negative was paid. The bot knows at once.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn received(&mut self, at: Timestamp, market: MarketId, cause: Cause, amount: Money) -> Result<(), Overflow> {
        self.passed(at)?;
        let Some(desk) = self.desks.get_mut(market.index()) else { return Ok(()) };
        let before = desk.figures()?;
        desk.ledger.receive(cause, amount)?;
        desk.venue.account.receive(cause, amount.atto())?;
        let after = desk.figures()?;
        self.bot.received(market.index(), cause, amount)?;
        // It knows at once, whatever fills it has not heard of.
        let desk = &mut self.desks[market.index()];
        desk.told = sums(desk.told, gaps(after, before)?)?;
        Ok(())
    }

    /// The risk clock ticked: position and equity as the journal has them.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn marked(&mut self, entry: u64, mark: &Mark) -> Result<(), Overflow> {
        self.passed(mark.at)?;
        let Some(desk) = self.desks.get_mut(mark.market.index()) else { return Ok(()) };
        desk.mid_x2 = mark.best.mid_x2().unwrap_or(desk.mid_x2);
        let place = Place { entry, at: mark.at, order: None, since: self.marked };
        self.hold_position(place, mark.market, mark.position)?;
        if mark.market.index() + 1 < self.desks.len() {
            return Ok(());
        }
        self.marked = Some(entry);
        self.hold_equity(place, mark.equity)
    }

    /// The journal has ended. `run` is the equity at the end as the run recorded it.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn finish(mut self, at: Timestamp, run: Option<Money>) -> Result<Reconciled, Overflow> {
        let [ledger, venue] = self.equities()?;
        (self.equity.ledger, self.equity.venue, self.equity.run) =
            (Money::from_atto(ledger), Money::from_atto(venue), run);
        if let Some(run) = run.filter(|run| run.atto() != ledger && self.equity_gaps[0] == 0) {
            let place = Place { entry: self.entries.saturating_sub(1), at, order: None, since: None };
            self.differs(place, None, Figure::Equity, [(View::Ledger, self.equity.ledger), (View::Run, run)]);
        }
        let markets = (0..self.desks.len()).map(|market| self.market_row(market)).collect::<Result<_, _>>()?;
        self.differences.sort_by_key(|difference| difference.entry);
        Ok(Reconciled {
            clean: self.found == 0,
            entries: self.entries,
            fills: self.fills,
            markets,
            equity: self.equity,
            found: self.found,
            differences: self.differences,
        })
    }

    fn hear(&mut self, travelling: &Travelling) -> Result<(), Overflow> {
        self.bot.hear(&travelling.report)?;
        let market = travelling.report.market.index();
        let bot = self.bot.account(market).figures();
        let desk = &mut self.desks[market];
        desk.told = sums(desk.told, travelling.change)?;
        let ledger = desk.told;
        let gap = gaps(bot, ledger)?;
        let before = std::mem::replace(&mut desk.bot_gap, gap);
        let place = Place::report(travelling.entry, &travelling.report);
        self.compare(place, market, (before, gap), [(View::Bot, bot), (View::Ledger, ledger)])
    }

    fn compare_venue(&mut self, place: Place, market: usize) -> Result<(), Overflow> {
        let desk = &mut self.desks[market];
        let (venue, ledger) = (desk.venue.account.figures(), desk.figures()?);
        let gap = gaps(venue, ledger)?;
        let before = std::mem::replace(&mut desk.venue_gap, gap);
        self.compare(place, market, (before, gap), [(View::Ledger, ledger), (View::Venue, venue)])
    }

    /// Reports the figures whose gap is not what it was.
    fn compare(
        &mut self,
        place: Place,
        market: usize,
        (before, now): ([i128; 4], [i128; 4]),
        [(left, here), (right, there)]: [(View, [i128; 4]); 2],
    ) -> Result<(), Overflow> {
        for (index, figure) in Figure::OF_FILLS.into_iter().enumerate() {
            if before[index] != now[index] {
                let amount = |of: [i128; 4]| self.desks[market].amount(figure, of[index]);
                let views = [(left, amount(here)?), (right, amount(there)?)];
                self.differs(place, Some(market), figure, views);
            }
        }
        Ok(())
    }

    fn hold_position(&mut self, place: Place, market: MarketId, position: Quantity) -> Result<(), Overflow> {
        let Some(desk) = self.desks.get_mut(market.index()) else { return Ok(()) };
        let (here, there) = (i128::from(desk.ledger.position().steps()), i128::from(position.steps()));
        let before = std::mem::replace(&mut desk.marked_gap, there - here);
        if there - here == before {
            return Ok(());
        }
        let amount = |steps| desk.amount(Figure::Position, steps);
        let views = [(View::Ledger, amount(here)?), (View::Journal, amount(there)?)];
        self.differs(place, Some(market.index()), Figure::Position, views);
        Ok(())
    }

    /// Holds the equity of the whole account against the journal's. Where a position differs already equity has to.
    fn hold_equity(&mut self, place: Place, equity: Money) -> Result<(), Overflow> {
        self.equity.journal = Some(equity);
        if self.desks.iter().any(|desk| desk.marked_gap != 0) {
            self.equity.not_compared += 1;
            return Ok(());
        }
        self.equity.compared += 1;
        let equities = self.equities()?;
        let now = [difference(equity.atto(), equities[0])?, difference(equity.atto(), equities[1])?];
        let before = std::mem::replace(&mut self.equity_gaps, now);
        // What the venue would have charged otherwise was found at its fill.
        let is_known = self.desks.iter().any(|desk| desk.venue_gap != [0; 4]);
        for (index, view) in [View::Ledger, View::Venue].into_iter().enumerate() {
            if now[index] != before[index] && !(is_known && view == View::Venue) {
                let views = [(view, Money::from_atto(equities[index])), (View::Journal, equity)];
                self.differs(place, None, Figure::Equity, views);
            }
        }
        Ok(())
    }

    /// Equity of the whole account at the last mids marked: by the ledgers, by the venues' accounts.
    fn equities(&self) -> Result<[i128; 2], Overflow> {
        self.desks.iter().try_fold([0; 2], |[ledger, venue], desk| {
            Ok([
                sum(ledger, desk.ledger.equity(desk.mid_x2)?.atto())?,
                sum(venue, desk.venue.account.equity(desk.mid_x2)?)?,
            ])
        })
    }

    fn differs(&mut self, place: Place, market: Option<usize>, figure: Figure, [left, right]: [(View, Money); 2]) {
        self.found += 1;
        // One of an earlier entry may be found later, since the bot hears late: it takes the place of the last.
        if self.differences.len() == DIFFERENCES_KEPT {
            let entries = self.differences.iter().map(|difference| difference.entry).enumerate();
            match entries.max_by_key(|(_, entry)| *entry) {
                Some((index, entry)) if place.entry < entry => drop(self.differences.remove(index)),
                _ => return,
            }
        }
        let symbol = |market: usize| match self.desks.get(market) {
            Some(desk) => desk.instrument.symbol.clone(),
            None => format!("market {market}"),
        };
        let Place { entry, at, order, since } = place;
        let market = market.map(symbol);
        self.differences.push(Difference { entry, at, market, order, figure, left, right, since });
    }

    fn market_row(&self, market: usize) -> Result<MarketRow, Overflow> {
        let desk = &self.desks[market];
        let instrument = &desk.instrument;
        let mut way = *self.bot.account(market);
        let bot = with_equity(way.figures(), way.equity(desk.mid_x2)?);
        for (_, booking) in self.unheard_bookings(market) {
            way.take(&Trade::of(&booking))?;
        }
        let all = with_equity(way.figures(), way.equity(desk.mid_x2)?);
        let ledger = with_equity(desk.figures()?, desk.ledger.equity(desk.mid_x2)?.atto());
        let venue = &desk.venue.account;
        let venue = with_equity(venue.figures(), venue.equity(desk.mid_x2)?);
        let row = |(index, figure): (usize, Figure)| -> Result<FigureRow, Overflow> {
            Ok(FigureRow {
                figure,
                bot: desk.amount(figure, bot[index])?,
                on_the_way: desk.amount(figure, difference(all[index], bot[index])?)?,
                ledger: desk.amount(figure, ledger[index])?,
                venue: desk.amount(figure, venue[index])?,
            })
        };
        let figures = Figure::OF_FILLS.into_iter().chain([Figure::Equity]);
        Ok(MarketRow {
            symbol: instrument.symbol.clone(),
            base: instrument.base.clone(),
            quote: instrument.quote.clone(),
            figures: figures.enumerate().map(row).collect::<Result<_, _>>()?,
            reports_on_the_way: self.unheard(market).count() as u64,
            on_the_way: {
                let bookings = self.unheard_bookings(market).take(ON_THE_WAY_KEPT);
                bookings.map(|(travelling, booking)| on_the_way(instrument, travelling, &booking)).collect()
            },
        })
    }

    fn unheard(&self, market: usize) -> impl Iterator<Item = &Travelling> {
        self.on_the_way.iter().filter(move |travelling| travelling.report.market.index() == market)
    }

    fn unheard_bookings(&self, market: usize) -> impl Iterator<Item = (&Travelling, Booking)> {
        let of = |travelling: &Travelling| travelling.report.kind.bookings(travelling.report.side);
        self.unheard(market).flat_map(move |travelling| of(travelling).map(move |booking| (travelling, booking)))
    }
}

fn on_the_way(instrument: &Instrument, travelling: &Travelling, fill: &Booking) -> OnTheWay {
    let report = &travelling.report;
    OnTheWay {
        entry: travelling.entry,
        order: report.client_order_id.0,
        side: fill.side,
        quantity: instrument.show_quantity(fill.quantity),
        price: instrument.show_price(fill.price),
        reported_at: report.reported_at,
    }
}

fn sums(left: [i128; 4], right: [i128; 4]) -> Result<[i128; 4], Overflow> {
    let mut sums = [0; 4];
    for (total, (left, right)) in sums.iter_mut().zip(left.into_iter().zip(right)) {
        *total = sum(left, right)?;
    }
    Ok(sums)
}

fn gaps(left: [i128; 4], right: [i128; 4]) -> Result<[i128; 4], Overflow> {
    let mut gaps = [0; 4];
    for (gap, (left, right)) in gaps.iter_mut().zip(left.into_iter().zip(right)) {
        *gap = difference(left, right)?;
    }
    Ok(gaps)
}

const fn with_equity([position, cash, fees, gain]: [i128; 4], equity: i128) -> [i128; 5] {
    [position, cash, fees, gain, equity]
}
