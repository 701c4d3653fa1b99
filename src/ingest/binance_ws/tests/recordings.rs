//! The golden checks on third parties' recordings, where these are present.

use super::*;
use crate::ingest::testing::recordings;

/// Name of the check and its figures, tick, step, lot in steps, codes of the findings that are no notes.
fn check(names: &[&str], golden: &str, scales: (&str, &str, i64), codes: &[&str]) {
    let Some(folder) = recordings() else { return };
    let inputs: Vec<_> = names.iter().map(|name| folder.join(name)).collect();
    let output = tempfile::tempdir().unwrap();
    let output = output.path().join("out.tape");
    let report = import(&inputs, &ImportOptions::default(), &output, &mut |_| ()).unwrap();
    assert_eq!(report.checks[0].to_string(), golden);
    let instrument = &report.header.instrument;
    let found = (instrument.tick_size.to_string(), instrument.step_size.to_string(), instrument.filters.lot.steps());
    assert_eq!((found.0.as_str(), found.1.as_str(), found.2), scales);
    let limiting = |finding: &&FitnessFinding| finding.severity != Severity::Note;
    let found: Vec<_> = report.header.findings.iter().filter(limiting).map(|finding| finding.code.as_str()).collect();
    assert_eq!(found, codes, "{:#?}", report.header.findings);
    let mut reader = TapeReader::open(&output).unwrap();
    let examined = doctor::examine(&mut reader).unwrap();
    let found: Vec<_> = examined.iter().filter(limiting).map(|finding| finding.code.as_str()).collect();
    assert!(found.iter().all(|code| codes.contains(code)), "{examined:#?}");
}

#[test]
fn usdm() {
    let names = ["hftbacktest/usdm/btcusdt_20240808.gz"];
    check(&names, "book equals bookTicker 629 of 629", ("0.1", "0.001", 1), &["clock-behind-venue"]);
}

#[test]
fn coinm_over_midnight() {
    let names = ["hftbacktest/cm/btcusd_perp_20240808.gz", "hftbacktest/cm/btcusd_perp_20240809.gz"];
    let codes = ["inverse-contract", "clock-behind-venue"];
    check(&names, "book equals bookTicker 1885 of 1885", ("0.1", "1", 1), &codes);
}

#[test]
fn spot_over_midnight() {
    let names = ["hftbacktest/spot/btcusdt_20240808.gz", "hftbacktest/spot/btcusdt_20240809.gz"];
    check(&names, "book equals bookTicker 1072 of 1072", ("0.01", "0.000001", 10), &["clock-behind-venue"]);
}

#[test]
fn spot_in_microseconds_with_a_drifting_clock() {
    let names = [23, 24, 25].map(|day| format!("hftbacktest_playground/spot/nexousdt_202407{day}.dat.gz"));
    let codes = ["clock-behind-venue", "clock-drift"];
    let names = names.each_ref().map(String::as_str);
    check(&names, "book equals bookTicker 17468 of 17468", ("0.001", "0.01", 1), &codes);
}

#[test]
fn spot_cold_start() {
    let names = ["hftbacktest_playground/spot/btcusdt_20230405.dat.gz"];
    check(&names, "book equals bookTicker 890 of 890", ("0.01", "0.000001", 10), &["cold-start"]);
}
