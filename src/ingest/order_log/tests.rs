use super::*;
use crate::model::{ContractKind, FeeSchedule, Filters, Instrument, Side};
use crate::units::{Fixed, Money, Quantity, Rate, Rounding, Timestamp};

fn instrument() -> Instrument {
    Instrument {
        symbol: "BTCUSDT".to_owned(),
        venue: "test".to_owned(),
        kind: ContractKind::Linear,
        base: "BTC".to_owned(),
        quote: "USDT".to_owned(),
        tick_size: Fixed::new(1, 1),
        step_size: Fixed::new(1, 3),
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule {
            maker: Rate::from_bps(2),
            taker: Rate::from_bps(5),
            rounding: Rounding::TowardVenue,
            decimals: 8,
        },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    }
}

fn read(text: &[u8], mapping: &LogMapping) -> Result<OrderLog, String> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log.csv");
    std::fs::write(&path, text).unwrap();
    let within = (Timestamp::from_nanos(1_000_000_000_000), Timestamp::from_nanos(2_000_000_000_000));
    read_order_log(&path, mapping, &instrument(), within)
        .map_err(|error| error.to_string().replace(&format!("{}/", home.path().display()), ""))
}

fn seconds() -> LogMapping {
    LogMapping { time: toml::from_str::<LogMapping>("time = \"s\"").unwrap().time, ..LogMapping::default() }
}

const HEADER: &str = "time,event,client_order_id,side,price,quantity,fee,liquidity\n";

#[test]
fn orders_have_their_fills_by_time() {
    let rows = "1002,fill,7,sell,100.1,0.002,0.01,maker\n1001,order,7,SELL,100.1,0.003,,\n1001.5,fill,7,S,100.1,0.001,-0.02,taker\n\
                1000,order,8,buy,,1,,\n";
    let log = read(format!("{HEADER}{rows}").as_bytes(), &seconds()).unwrap();
    assert!(log.record.knows_orders);
    let orders = &log.record.orders;
    assert_eq!((orders[0].name.as_str(), orders[0].price, orders[0].fills.len()), ("8", None, 0));
    assert_eq!((orders[1].client_order_id, orders[1].side, orders[1].filled()), (Some(7), Side::Sell, 3));
    let fees: Vec<Money> = orders[1].fills.iter().map(|fill| fill.fee).collect();
    assert_eq!(fees, ["-0.02", "0.01"].map(|text| Money::parse(text).unwrap()));
}

#[test]
fn hostile_logs_are_refused_with_their_place() {
    let row = |text: &str| format!("{HEADER}1000,order,1,buy,100,1,,\n{text}\n").into_bytes();
    let table: [(Vec<u8>, &str); 20] = [
        (Vec::new(), "log.csv:1: `time`: found ``, expected a column `time`"),
        (HEADER.into(), "log.csv: found `no row`, expected a header and rows of orders or fills"),
        (b"time,side,price\n".to_vec(), "log.csv:1: `quantity`: found `time,side,price`, expected a column `quantity`"),
        (b"time,side,price,quantity,side\n".to_vec(), "log.csv:1: `side`: found `side`, expected each column once"),
        (row("1001,fill,1,buy,NaN,1,,"), "log.csv:3: `price`: found `NaN`, expected a plain decimal such as 12.5"),
        (row("1001,fill,1,buy,100.05,1,,"), "log.csv:3: `price`: found `100.05`, expected a multiple of 0.1"),
        (row("1001,fill,1,buy,0,1,,"), "log.csv:3: `price`: found `0`, expected a price above zero"),
        (row("1001,fill,1,buy,100,-1,,"), "log.csv:3: `quantity`: found `-1`, expected a quantity above zero"),
        (row("1001,fill,1,buy,100,,,"), "log.csv:3: `quantity`: found ``, expected a value"),
        (
            row("1001,fill,1,long,100,1,,"),
            "log.csv:3: `side`: found `long`, expected buy (buy, b, bid) or sell (sell, s, ask)",
        ),
        (row("1001,fill,1,sell,100,1,,"), "log.csv:3: `client_order_id`: found `1`, expected one side for each order"),
        (row("1001,order,1,buy,100,1,,"), "log.csv:3: `client_order_id`: found `1`, expected each order sent once"),
        (row("1001,shout,1,buy,100,1,,"), "log.csv:3: `event`: found `shout`, expected order (order, new, sent)"),
        (
            row("3000,fill,1,buy,100,1,,"),
            "log.csv:3: `time`: found `1970-01-01T00:50:00.000000000Z`, expected a time within the run",
        ),
        (row("yesterday,fill,1,buy,100,1,,"), "log.csv:3: `time`: found `yesterday`, expected seconds since 1970"),
        (row("1001,fill,1,buy,100,1"), "log.csv:3: found `6 columns`, expected 8 as in the header"),
        (
            row("1001,fill,1,buy,100,1,9999999999999,"),
            "log.csv:3: `fee`: found `9999999999999`, expected a decimal of at most",
        ),
        (
            row("1001,fill,1,buy,100,1152921504606846,,"),
            "log.csv:3: `quantity`: found `1152921504606846`, expected quantities of at most",
        ),
        (row("1001,fill,1,buy,1e9,1,,"), "log.csv:3: `price`: found `1e9`, expected a plain decimal"),
        (row("1001,fill,1,buy,100,1,x,"), "log.csv:3: `fee`: found `x`, expected a decimal"),
    ];
    for (text, expected) in table {
        let found = read(&text, &seconds()).map(|log| format!("{log:?}"));
        assert!(found.as_ref().is_err_and(|error| error.starts_with(expected)), "{expected}\n{found:?}");
    }
    let mut text = row("1001,fill,1,buy,100,1,,");
    let last = text.len() - 14;
    text[last] = 0xff;
    let found = read(&text, &seconds()).unwrap_err();
    assert!(found.starts_with("log.csv:3: ") && found.contains("expected UTF-8 text"), "{found}");
}

#[test]
fn a_mapping_names_columns_words_and_symbol() {
    let text = "time = \"ms\"\nsymbol = \"BTCUSDT\"\nid_prefix = \"x-\"\nfee_is_received = true\noutside = \"skip\"\nfinal_price = \"100.05\"\n\
                delimiter = \";\"\n[columns]\ntime = \"T\"\nclient_order_id = \"c\"\nfee = \"n\"\nfee_asset = \"N\"\nsymbol = \"s\"\n\
                event = \"x\"\n[words]\nfill = [\"TRADE\"]\norder = [\"NEW\"]\nignore = [\"CANCELED\"]\nbuy = [\"1\"]\nsell = [\"2\"]\n";
    let mapping: LogMapping = toml::from_str(text).unwrap();
    let header = "T;s;c;x;side;price;quantity;n;N\n";
    let rows = "1500000;BTCUSDT;x-7;NEW;1;100;1;;\n1500000;ETHUSDT;x-1;NEW;1;5;1;;\n1500001;BTCUSDT;x-7;TRADE;1;100;1;0.5;USDT\n\
                1500002;BTCUSDT;x-7;CANCELED;1;100;1;;\n9;BTCUSDT;x-8;NEW;1;100;1;;\n";
    let log = read(format!("{header}{rows}").as_bytes(), &mapping).unwrap();
    assert_eq!((log.rows, log.of_other_symbols, log.ignored, log.outside), (5, 1, 1, 1));
    assert_eq!(log.final_twice, Some(2001));
    let fill = log.record.orders[0].fills[0];
    assert_eq!((fill.at.nanos(), fill.fee), (1_500_001_000_000, Money::parse("-0.5").unwrap()));
    let other = format!("{header}1500001;BTCUSDT;x-7;TRADE;1;100;1;0.5;BNB\n");
    let found = read(other.as_bytes(), &mapping).unwrap_err();
    assert!(found.starts_with("log.csv:2: `N`: found `BNB`, expected `USDT`, the quote asset"), "{found}");
    let mut wrong = LogMapping::default();
    assert!(wrong.set("colour=blue").unwrap_err().to_string().contains("found `colour`, expected one of time, side"));
    assert!(wrong.set("colour").is_err());
}

/// Whatever a file holds, it is read or refused with its place.
#[test]
fn no_bytes_end_in_a_panic() {
    let good = format!(
        "{HEADER}1000,order,1,buy,100,1,,\n1001,fill,1,buy,100.1,1,0.5,maker\n1002.5,fill,2,sell,99,0.001,-1,taker\n"
    );
    let mut state = 9_u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 11).unwrap() % bound
    };
    let (mut read_whole, mut refused) = (0, 0);
    for _ in 0..3_000 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..1 + below(3) {
            let place = below(bytes.len());
            match below(3) {
                0 => bytes[place] = u8::try_from(below(256)).unwrap(),
                1 => drop(bytes.splice(place..place, b"9,\n\"-".iter().copied().take(1 + below(5)))),
                _ => bytes.truncate(place.max(1)),
            }
        }
        match read(&bytes, &seconds()) {
            Ok(_) => read_whole += 1,
            Err(error) => {
                assert!(error.starts_with("log.csv"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(read_whole > 100 && refused > 1_000, "{read_whole} {refused}");
}
