//! Constructs that rooms may not use, each with what to use instead.

use crate::functions;
use crate::source::{Source, words};

/// Where a ban holds.
enum Where {
    Everywhere,
    Outside(&'static str),
}

struct Ban {
    /// Any of these, as whole words.
    words: &'static [&'static str],
    place: Where,
    instead: &'static str,
}

const FLOAT_ROOMS: &str = "metrics report score synth fit strategy readiness";
const FILE_ROOMS: &str = "tape ingest journal notify scenario report cli";
/// (file, word, why): the only places where a ban does not hold.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "src/ingest/candles/frames.rs",
    "f64",
    "candle files hold floats; they become exact decimals here and nowhere else",
)];
const MAX_FILE_LINES: usize = 900;

const BANS: [Ban; 11] = [
    Ban { words: &["f32", "f64"], place: Where::Outside(FLOAT_ROOMS), instead: "the integers of `units`" },
    Ban {
        words: &["HashMap", "HashSet"],
        place: Where::Everywhere,
        instead: "`BTreeMap`, a sorted `Vec` or a dense index",
    },
    Ban {
        words: &["SystemTime", "Instant", "std::env", "thread_rng", "OsRng", "rand::rng"],
        place: Where::Outside("cli"),
        instead: "a value handed in by `cli`, or a stream of `rng`",
    },
    Ban {
        words: &[".unwrap()", ".expect("],
        place: Where::Everywhere,
        instead: "`?` with an error, or `assert!` with both values",
    },
    Ban {
        words: &["println!", "print!", "eprintln!", "eprint!", "dbg!"],
        place: Where::Outside("cli"),
        instead: "a returned value that `cli` prints",
    },
    Ban { words: &["unsafe"], place: Where::Outside("tape"), instead: "safe code" },
    Ban {
        words: &["std::fs", "File::open", "File::create"],
        place: Where::Outside(FILE_ROOMS),
        instead: "bytes handed in",
    },
    Ban {
        words: &[
            ".ln(", ".ln_1p(", ".log(", ".log2(", ".log10(", ".exp(", ".exp2(", ".exp_m1(", ".powf(", ".powi(",
            ".sin(", ".cos(", ".tan(", ".asin(", ".acos(", ".atan(", ".atan2(", ".sinh(", ".cosh(", ".tanh(", ".cbrt(",
            ".hypot(",
        ],
        place: Where::Everywhere,
        instead: "the same function of `libm`, equal on every machine",
    },
    Ban {
        words: &["todo!", "unimplemented!"],
        place: Where::Everywhere,
        instead: "working code, or an absence listed in the report",
    },
    Ban { words: &["#[allow(", "#![allow("], place: Where::Everywhere, instead: "`#[expect(lint, reason = \"...\")]`" },
    Ban { words: &["static mut", "thread_local!"], place: Where::Everywhere, instead: "state that is handed on" },
];

/// The bans one file breaks. Functions whose name ends in `f64` convert for people and pictures, and may use floats.
pub fn broken(source: &Source) -> Vec<String> {
    let converters: Vec<functions::Function> =
        functions::of(source).into_iter().filter(|function| function.name.ends_with("f64")).collect();
    let is_float = |word: &str| ["f32", "f64", ".powi("].contains(&word);
    let converts = |at: usize| converters.iter().any(|function| function.range.contains(&at));
    let room = source.room.as_deref().unwrap_or("src");
    let mut problems = Vec::new();
    for ban in BANS.iter().filter(|ban| ban.place.holds_in(room)) {
        for word in ban.words {
            if EXCEPTIONS.iter().any(|(file, excepted, _)| *file == source.name && excepted == word) {
                continue;
            }
            let places = words(&source.code, word).filter(|&at| !(is_float(word) && converts(at)));
            problems.extend(places.map(|at| {
                format!("{}:{}: `{word}` is banned in `{room}`; use {}", source.name, source.line(at), ban.instead)
            }));
        }
    }
    problems
}

impl Where {
    fn holds_in(&self, room: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Outside(rooms) => !rooms.split(' ').any(|name| name == room),
        }
    }
}

/// Machine paths, notes to self and overlong files, in any text of the project.
pub fn text_problems((name, text): &(String, String)) -> Vec<String> {
    let banned = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/tmp", "/"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    let mut problems = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let found = banned.iter().filter(|word| line.contains(**word));
        problems.extend(found.map(|word| format!("{name}:{}: `{word}` has no place here", number + 1)));
    }
    let lines = text.lines().count();
    if name.ends_with(".rs") && lines > MAX_FILE_LINES {
        problems.push(format!("{name}:{lines}: at most {MAX_FILE_LINES} lines a file"));
    }
    problems
}
