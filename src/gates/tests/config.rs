use super::super::{ConfigError, Setting, Unit, catalogue};
use super::*;
use crate::gates::position;

fn read(text: &str) -> Result<GateConfig, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

#[test]
fn defaults_are_the_catalogues_and_are_valid() {
    let config = GateConfig::default();
    assert_eq!(config.validate(), Ok(()));
    assert_eq!(read(""), Ok(config.clone()));
    let written = toml::to_string(&config).unwrap();
    assert_eq!(read(&written), Ok(config), "{written}");
    let unmentioned: toml::Table = toml::from_str(&written).unwrap();
    for spec in catalogue() {
        // A table of its own, be it empty, arms with the defaults.
        let armed = read(&format!("[{}]", spec.name)).unwrap();
        let values = toml::Table::try_from(&armed).unwrap();
        assert_eq!(unmentioned[spec.name].as_str() == Some("off"), !spec.armed);
        for limit in spec.limits {
            let text = match &values[spec.name][limit.key] {
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let expected = limit.default.map_or("off".to_owned(), |value| limit.unit.show(value));
            assert_eq!(text, expected, "{}.{}", spec.name, limit.key);
        }
    }
}

#[test]
fn a_gate_and_a_limit_can_be_off() {
    let config = read("order_value = \"off\"\n[position]\nmax_value = \"off\"\nmax_quantity = \"0.5\"").unwrap();
    assert_eq!(config.order_value, Setting::Off);
    let limits = position::Limits { max_value: Setting::Off, max_quantity: on(amount("0.5")) };
    assert_eq!(config.position, on(limits));
    let written = toml::to_string(&config).unwrap();
    assert_eq!(read(&written), Ok(config));
    let names: Vec<_> = Gates::new(&read(&written).unwrap(), &instrument()).unwrap().counters();
    let off: Vec<_> = names.iter().filter(|counter| !counter.armed).map(|counter| counter.name).collect();
    let unasked = catalogue().iter().filter(|spec| !spec.armed).map(|spec| spec.name);
    assert_eq!(off, std::iter::once("order_value").chain(unasked).collect::<Vec<_>>());
    assert_eq!(read("[order_value]\nmax = 5"), read("[order_value]\nmax = \"5.0\""));
}

#[test]
fn what_is_not_understood_is_named() {
    for (text, complaint) in [
        ("oder_value = \"off\"", "unknown field `oder_value`"),
        ("[order_value]\nmaximum = \"1\"", "unknown field `maximum`"),
        ("[order_value]\nmax = 0.5", "invalid type: floating point `0.5`, expected a decimal in quotes"),
        ("[order_value]\nmax = \"1e3\"", "expected a decimal such as 12.5, found `1e3`"),
        ("[order_value]\nmax = \"off\"", "expected a decimal such as 12.5, found `off`"),
        ("order_value = \"of\"", "invalid type: string \"of\""),
        ("order_value = true", "expected `off`, a limit"),
        ("[daily_loss]\npercent = \"0.123456789\"", "expected at most 7 decimals"),
        ("[order_burst]\norders = -1", "-1"),
    ] {
        let message = read(text).unwrap_err();
        assert!(message.contains(complaint), "`{text}` gives `{message}`, not `{complaint}`");
    }
}

fn complaints(text: &str) -> Vec<String> {
    read(text).unwrap().validate().err().unwrap_or_default().iter().map(ConfigError::to_string).collect()
}

#[test]
fn limits_out_of_range_are_all_reported_with_key_value_and_range() {
    let found = complaints("[order_value]\nmax = \"-1\"\n[daily_loss]\npercent = \"0.05\"\nconfirm_marks = 0");
    assert_eq!(
        found,
        [
            "`daily_loss.percent` must be 0.1 to 100 %, found 0.05; it limits the loss since the start of the UTC day, \
             in per cent of equity then; to trade without the gate write `daily_loss = \"off\"`",
            "`daily_loss.confirm_marks` must be 1 to 60 marks, found 0; it limits the consecutive marks over the limit \
             until it trips; to trade without the gate write `daily_loss = \"off\"`",
            "`order_value.max` must be 0.000000000000000001 to 1000000000000000 quote, found -1; it limits the price x \
             quantity of one order; to trade without the gate write `order_value = \"off\"`",
        ]
    );
    assert_eq!(complaints("[daily_loss]\npercent = 101").len(), 1);
    assert_eq!(complaints("[daily_loss]\npercent = 100"), [""; 0]);
}

#[test]
fn a_gate_without_a_limit_is_an_error() {
    let found = complaints("[position]\nmax_value = \"off\"\n[daily_loss]\npercent = \"off\"");
    assert_eq!(
        found,
        [
            "`daily_loss` is armed but each of its limits is off (`percent`, `absolute`); set one, or write \
             `daily_loss = \"off\"`",
            "`position` is armed but each of its limits is off (`max_value`, `max_quantity`); set one, or write \
             `position = \"off\"`",
        ]
    );
}

#[test]
fn every_limit_passes_at_both_ends_of_its_range_and_fails_beyond() {
    for spec in catalogue() {
        for limit in spec.limits {
            let quoted = |value| match limit.unit {
                Unit::Quote | Unit::Base | Unit::Percent | Unit::BasisPoints | Unit::Multiple => {
                    format!("\"{}\"", limit.unit.show(value))
                }
                _ => value.to_string(),
            };
            // Limits that only go together are moved together.
            let beside = match (spec.name, limit.key) {
                ("message_rate", "messages") => "reserve = 0\n",
                ("message_rate", "reserve") => "messages = 10000\n",
                ("position_ramp", "initial") => "max = \"1000000000000000\"\n",
                ("position_ramp", "max") => "initial = \"0.000000000000000001\"\n",
                _ => "",
            };
            // What is no number of its kind is not even read.
            let tried = |value| {
                let text = format!("[{}]\n{beside}{} = {}", spec.name, limit.key, quoted(value));
                read(&text).map_or(1, |_| complaints(&text).len())
            };
            assert_eq!([limit.min, limit.max].map(tried), [0, 0], "{}.{}", spec.name, limit.key);
            assert_eq!([limit.min - 1, limit.max + 1].map(tried), [1, 1], "{}.{}", spec.name, limit.key);
        }
    }
}

#[test]
fn a_reserve_as_large_as_the_budget_is_a_contradiction() {
    let expected = "`message_rate.reserve` must be less than `messages`, which is 20, found 20; it limits the part of the \
                    messages that is kept for cancels; change either";
    assert_eq!(complaints("[message_rate]\nmessages = 20\nreserve = 20"), [expected]);
    assert_eq!(complaints("[message_rate]\nmessages = 21\nreserve = 20"), [""; 0]);
}

#[test]
fn a_ramp_that_begins_above_its_end_is_a_contradiction() {
    let expected = "`position_ramp.initial` must be at most `max`, 10 quote, found 10.5; it limits the worst-case position at \
                    first, at the higher of the best prices; change either";
    assert_eq!(complaints("[position_ramp]\ninitial = \"10.5\""), [expected]);
    assert_eq!(complaints("[position_ramp]\ninitial = \"10\""), [""; 0]);
}

#[test]
fn every_gate_is_documented_and_its_example_arms_it_alone() {
    for spec in catalogue() {
        assert!(spec.semantics().lines().count() >= 3, "{} has no header", spec.name);
        assert!(!spec.words.is_empty() && !spec.reset.is_empty(), "{}", spec.name);
        let table: toml::Table = toml::from_str(spec.example).unwrap();
        let alone = toml::Table::try_from(GateConfig::off()).unwrap();
        let armed = table["gates"].as_table().unwrap().clone();
        assert_eq!(armed.keys().collect::<Vec<_>>(), [spec.name]);
        let config: GateConfig = alone.into_iter().chain(armed).collect::<toml::Table>().try_into().unwrap();
        assert_eq!(config.validate(), Ok(()), "{}", spec.name);
        let counters = Gates::new(&config, &instrument()).unwrap().counters();
        let armed: Vec<_> = counters.iter().filter(|counter| counter.armed).map(|counter| counter.name).collect();
        assert_eq!(armed, [spec.name]);
        assert_eq!(super::super::GateSpec::named(spec.name), Some(spec));
    }
    assert_eq!(super::super::GateSpec::named("no_gate"), None);
}

#[test]
fn items_are_a_list_and_a_line() {
    for item in catalogue().iter().flat_map(|spec| spec.items) {
        let (list, line) = item.strip_prefix('L').and_then(|rest| rest.split_once(':')).unwrap();
        assert!((1..=5).contains(&list.parse::<u32>().unwrap()) && line.parse::<u32>().is_ok(), "{item}");
    }
}

#[test]
fn names_and_numbers_are_unique() {
    let mut ids: Vec<_> = catalogue().iter().map(|spec| spec.id).collect();
    let mut names: Vec<_> = catalogue().iter().map(|spec| spec.name).collect();
    ids.sort_unstable();
    names.sort_unstable();
    ids.dedup();
    names.dedup();
    assert_eq!([ids.len(), names.len()], [catalogue().len(); 2]);
}

#[test]
fn a_refusal_reads_as_words() {
    let show = |gate: &str, value, limit| {
        let spec = catalogue().iter().find(|spec| spec.name == gate).unwrap();
        spec.describe(&refusal(gate, value, limit))
    };
    assert_eq!(
        show("order_value", 10_000 * ATTO + 1, ATTO),
        "order_value: 10000.000000000000000001 quote, limit 1 quote"
    );
    assert_eq!(show("stale_data", super::super::UNKNOWN, 60_000_000_000), "stale_data: unknown, limit 1min");
    assert_eq!(show("kill_switch", 1, 0), "kill_switch: on, limit off");
}

#[test]
fn the_schema_knows_every_limit() {
    let schema = serde_json::to_string(&schemars::schema_for!(GateConfig)).unwrap();
    for spec in catalogue() {
        assert!(schema.contains(&format!("\"{}\"", spec.name)));
        assert!(spec.limits.iter().all(|limit| schema.contains(&format!("\"{}\"", limit.key))));
    }
    assert!(schema.contains("\"const\":\"off\""));
}
