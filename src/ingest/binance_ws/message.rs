use crate::ingest::error::Mismatch;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// Characters of a broken line that a message repeats, around the place.
const EXCERPT: usize = 24;

/// One received message. All texts are borrowed from the line.
#[derive(Debug)]
pub(super) enum Message<'a> {
    Depth(Depth<'a>),
    Trade(TradeMessage<'a>),
    Ticker(Ticker<'a>),
    Snapshot(Snapshot<'a>),
    /// A stream this importer has no use for, or the answer to a subscription.
    Other,
}

/// Price and quantity of a level.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct LevelText<'a>(#[serde(borrow)] pub &'a str, #[serde(borrow)] pub &'a str);

/// `depthUpdate` of all three products.
#[derive(Debug, Deserialize)]
pub(super) struct Depth<'a> {
    #[serde(rename = "E")]
    pub event_time: i64,
    #[serde(rename = "T")]
    pub transaction_time: Option<i64>,
    #[serde(rename = "s", borrow)]
    pub symbol: &'a str,
    #[serde(rename = "ps", borrow)]
    pub pair: Option<&'a str>,
    #[serde(rename = "U")]
    pub first_id: u64,
    #[serde(rename = "u")]
    pub last_id: u64,
    #[serde(rename = "pu")]
    pub previous_id: Option<u64>,
    #[serde(rename = "b", borrow)]
    pub bids: Vec<LevelText<'a>>,
    #[serde(rename = "a", borrow)]
    pub asks: Vec<LevelText<'a>>,
}

/// `trade` of all three products.
#[derive(Debug, Deserialize)]
pub(super) struct TradeMessage<'a> {
    #[serde(rename = "T")]
    pub trade_time: i64,
    #[serde(rename = "s", borrow)]
    pub symbol: &'a str,
    #[serde(rename = "t")]
    pub id: u64,
    #[serde(rename = "p", borrow)]
    pub price: &'a str,
    #[serde(rename = "q", borrow)]
    pub quantity: &'a str,
    #[serde(rename = "m")]
    pub buyer_is_maker: bool,
    /// Futures only: `MARKET`, `INSURANCE_FUND`, `ADL`, `NA`.
    #[serde(rename = "X", borrow)]
    pub origin: Option<&'a str>,
}

/// `bookTicker` of all three products.
#[derive(Debug, Deserialize)]
pub(super) struct Ticker<'a> {
    #[serde(rename = "u")]
    pub id: u64,
    #[serde(rename = "s", borrow)]
    pub symbol: &'a str,
    #[serde(rename = "b", borrow)]
    pub bid_price: &'a str,
    #[serde(rename = "B", borrow)]
    pub bid_quantity: &'a str,
    #[serde(rename = "a", borrow)]
    pub ask_price: &'a str,
    #[serde(rename = "A", borrow)]
    pub ask_quantity: &'a str,
}

/// The answer to a REST depth request, written into the capture where it arrived.
#[derive(Debug)]
pub(super) struct Snapshot<'a> {
    pub last_id: u64,
    /// Futures only.
    pub transaction_time: Option<i64>,
    /// COIN-M only.
    pub symbol: Option<&'a str>,
    pub bids: Vec<LevelText<'a>>,
    pub asks: Vec<LevelText<'a>>,
}

/// Reads one JSON text.
///
/// # Errors
/// [`Mismatch`] and the byte (from 0) at which the text stops making sense.
pub(super) fn read(text: &str) -> Result<Message<'_>, (Mismatch, usize)> {
    let mut json = serde_json::Deserializer::from_str(text);
    let line = Line::deserialize(&mut json).and_then(|line| json.end().map(|()| line));
    line.map(|line| line.0).map_err(|error| describe(text, &error))
}

/// Names the key by reading the text once more with a tracker: only bad lines pay for that.
fn describe(text: &str, error: &serde_json::Error) -> (Mismatch, usize) {
    let byte = error.column().saturating_sub(1).min(text.len());
    let mut json = serde_json::Deserializer::from_str(text);
    let path = match serde_path_to_error::deserialize::<_, Line<'_>>(&mut json) {
        Err(error) => error.path().to_string(),
        Ok(_) => String::new(),
    };
    let words = error.to_string();
    let expected = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    let mismatch = Mismatch::new(excerpt(text, byte), format!("a message of the combined stream ({expected})"));
    (if path.is_empty() || path == "." || path == "?" { mismatch } else { mismatch.key(path) }, byte)
}

fn excerpt(text: &str, byte: usize) -> &str {
    let from = (byte.saturating_sub(EXCERPT)..=byte).find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let to = (byte + EXCERPT).min(text.len());
    let to = (to..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    &text[from..to]
}

struct Line<'a>(Message<'a>);

impl<'de> Deserialize<'de> for Line<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor)
    }
}

struct LineVisitor;

/// What a line has shown so far.
#[derive(Default)]
struct Parts<'a> {
    stream: Option<Stream>,
    message: Option<Message<'a>>,
    last_id: Option<u64>,
    transaction_time: Option<i64>,
    symbol: Option<&'a str>,
    bids: Option<Vec<LevelText<'a>>>,
    asks: Option<Vec<LevelText<'a>>>,
    answer: bool,
}

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `stream` and `data`, or a depth snapshot with `lastUpdateId`, `bids` and `asks`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line<'de>, A::Error> {
        let mut parts = Parts::default();
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "stream" => parts.stream = Some(Stream::of(map.next_value()?)),
                "data" => {
                    let missing = || serde::de::Error::custom("expected `stream` before `data`");
                    parts.message = Some(map.next_value_seed(parts.stream.ok_or_else(missing)?)?);
                }
                "lastUpdateId" => parts.last_id = Some(map.next_value()?),
                "T" => parts.transaction_time = Some(map.next_value()?),
                "symbol" => parts.symbol = Some(map.next_value()?),
                "bids" => parts.bids = Some(map.next_value()?),
                "asks" => parts.asks = Some(map.next_value()?),
                "result" | "error" => {
                    parts.answer = true;
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        parts.finish().map(Line).map_err(|key| serde::de::Error::custom(format_args!("missing `{key}`")))
    }
}

impl<'a> Parts<'a> {
    fn finish(self) -> Result<Message<'a>, &'static str> {
        if let Some(message) = self.message {
            return Ok(message);
        }
        if self.answer {
            return Ok(Message::Other);
        }
        if self.stream.is_some() {
            return Err("data");
        }
        Ok(Message::Snapshot(Snapshot {
            last_id: self.last_id.ok_or("stream` or `lastUpdateId")?,
            transaction_time: self.transaction_time,
            symbol: self.symbol,
            bids: self.bids.ok_or("bids")?,
            asks: self.asks.ok_or("asks")?,
        }))
    }
}

/// What the `stream` of an envelope announces.
#[derive(Debug, Clone, Copy)]
enum Stream {
    Depth,
    Trade,
    Ticker,
    Other,
}

impl Stream {
    /// By the part after the first `@`. Partial books (`depth20`) are whole books of another kind and are not read.
    fn of(name: &str) -> Self {
        let mut parts = name.split('@').skip(1);
        match parts.next() {
            Some("depth") => Self::Depth,
            Some("trade") => Self::Trade,
            Some("bookTicker") => Self::Ticker,
            _ => Self::Other,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Stream {
    type Value = Message<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Message<'de>, D::Error> {
        match self {
            Self::Depth => Depth::deserialize(deserializer).map(Message::Depth),
            Self::Trade => TradeMessage::deserialize(deserializer).map(Message::Trade),
            Self::Ticker => Ticker::deserialize(deserializer).map(Message::Ticker),
            Self::Other => IgnoredAny::deserialize(deserializer).map(|_| Message::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(text: &str, expected: &str) {
        let (mismatch, byte) = read(text).unwrap_err();
        assert_eq!(format!("{byte}: {mismatch}"), expected);
    }

    #[test]
    fn reads_every_kind() {
        let spot = r#"{"stream":"x@depth@100ms","data":{"e":"depthUpdate","E":5,"s":"X","U":1,"u":2,"b":[["1.0","2.0"]],"a":[]}}"#;
        assert!(matches!(read(spot), Ok(Message::Depth(Depth { previous_id: None, last_id: 2, .. }))));
        let coinm = r#"{"stream":"x@bookTicker","data":{"u":9,"e":"bookTicker","s":"X","ps":"X","b":"1","B":"2","a":"3","A":"4"}}"#;
        assert!(matches!(read(coinm), Ok(Message::Ticker(Ticker { id: 9, ask_quantity: "4", .. }))));
        let trade = r#"{"stream":"x@trade","data":{"e":"trade","E":1,"T":2,"s":"X","t":3,"p":"4","q":"5","X":"MARKET","m":true}}"#;
        assert!(matches!(read(trade), Ok(Message::Trade(TradeMessage { buyer_is_maker: true, .. }))));
        let snapshot = r#"{"lastUpdateId": 7, "bids": [["1.2", "3.0"]], "asks": []}"#;
        assert!(matches!(read(snapshot), Ok(Message::Snapshot(Snapshot { last_id: 7, .. }))));
        assert!(matches!(read(r#"{"result":null,"id":1}"#), Ok(Message::Other)));
        assert!(matches!(read(r#"{"stream":"x@kline_1m","data":{"k":{"t":1}}}"#), Ok(Message::Other)));
    }

    #[test]
    fn names_the_key_and_the_place() {
        refuse(
            r#"{"stream":"x@trade","data":{"T":2,"s":"X","t":3,"p":4.5,"q":"5","m":true}}"#,
            "54: `data.p`: found `\":2,\"s\":\"X\",\"t\":3,\"p\":4.5,\"q\":\"5\",\"m\":true}}`, expected a message of the combined \
             stream (invalid type: floating point `4.5`, expected a borrowed string)",
        );
        refuse(
            r#"{"stream":"x@trade","da"#,
            "22: found `{\"stream\":\"x@trade\",\"da`, expected a message of the combined stream (EOF while parsing a string)",
        );
        refuse("NaN", "0: found `NaN`, expected a message of the combined stream (expected value)");
        refuse(
            "[1]",
            "0: found `[1]`, expected a message of the combined stream (invalid type: sequence, expected an object with `stream` and `data`, or a depth snapshot with `lastUpdateId`, `bids` and `asks`)",
        );
        refuse("{}", "1: found `{}`, expected a message of the combined stream (missing `stream` or `lastUpdateId`)");
    }
}
