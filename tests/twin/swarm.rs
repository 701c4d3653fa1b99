//! Millions of commands by dice, the states compared after every one.

use crate::dice::{Dice, Swarm, world};
use crate::pair::{Command, KINDS, Pair, possible};
use std::sync::atomic::{AtomicU64, Ordering};

/// Commands of one seed.
const EACH: u64 = 5_000;
/// Says where a run was when the product or the twin stops it.
struct Place {
    seed: u64,
    number: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}, command {}", self.seed, self.number);
        }
    }
}

/// Runs the first `count` commands of a seed.
///
/// # Panics
/// At the first difference, with the seed, the command and both states.
fn run(seed: u64, count: u64) -> [u64; KINDS] {
    let mut dice = Dice::new(seed);
    let mut world = world(&mut dice);
    let mut swarm = Swarm::new(dice, &mut world);
    let mut pair = Pair::new(&world);
    let mut place = Place { seed, number: 0 };
    for number in 0..count {
        place.number = number;
        let command = swarm.command(pair.live.len());
        pair.run(&command);
        let look = matches!(command, Command::Message(_)) && number % 4 == 0;
        let difference = pair.difference().or_else(|| if look { pair.book_difference() } else { None });
        if let Some(difference) = difference {
            panic!("seed {seed}, command {number}: {command:?}\n{difference}\n{world:?}");
        }
    }
    let live = std::mem::take(&mut pair.live);
    pair.product.wind_up(&live, &swarm.prices(), pair.at());
    pair.seen
}

/// Ten million, or as many as `SEATRIAL_TWIN_COMMANDS` says.
#[test]
fn ten_million_commands() {
    let wanted = std::env::var("SEATRIAL_TWIN_COMMANDS").map_or(10_000_000, |text| text.parse().expect("a number"));
    let (next, seen) = (AtomicU64::new(0), [const { AtomicU64::new(0) }; KINDS]);
    let seeds = u64::div_ceil(wanted, EACH);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return;
            }
            let found = run(seed, EACH.min(wanted - seed * EACH));
            for (sum, count) in seen.iter().zip(found) {
                sum.fetch_add(count, Ordering::Relaxed);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let seen = seen.map(AtomicU64::into_inner);
    let missing: Vec<usize> = possible().into_iter().filter(|&number| seen[number] == 0).collect();
    assert!(wanted < 1_000_000 || missing.is_empty(), "reports that never came: {missing:?} of {seen:?}");
    println!("{wanted} commands, reports by kind {seen:?}");
}
