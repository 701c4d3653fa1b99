use super::drawn;
use super::*;
use crate::readiness::{Track, TrackPoint, VolatilityRun};
use crate::report::Colour;
use proptest::prelude::*;

/// Renders runs with the drawn criteria, tracks and score.
fn rendered(runs: &[VolatilityRun], tracks: &[Track]) -> Rendered {
    let (result, score) = (drawn::judged(runs), drawn::score());
    render_volatility(&drawn::input(runs, tracks, &result, Some(&score))).unwrap()
}

/// What no format may show, and what a page may not hold.
fn assert_clean(rendered: &Rendered) {
    for (name, text) in rendered.files() {
        // Words apart: a name may hold the letters.
        let words = |text: &str| {
            let mut words = text.split(|letter: char| !letter.is_alphanumeric());
            words.any(|word| ["NaN", "inf", "Infinity"].contains(&word))
        };
        assert!(!words(text), "{name} shows a figure that is none");
    }
    let html = &rendered.html;
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    for banned in ["<script", "<img", "<link", "src=\"", "url(", "http://", "https://"] {
        assert!(!html.contains(banned), "the page holds {banned}");
    }
}

#[test]
#[ignore = "writes a page to look at, into target/volatility-page"]
fn a_page_to_look_at() {
    let runs = drawn::runs(6);
    let tracks = drawn::tracks(&runs);
    let (result, score) = (drawn::judged(&runs), drawn::score());
    let believed = drawn::believed(&runs);
    let input = VolatilityInput { believability: &believed, ..drawn::input(&runs, &tracks, &result, Some(&score)) };
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/volatility-page");
    std::fs::create_dir_all(&folder).unwrap();
    render_volatility(&input).unwrap().write(&folder).unwrap();
    std::fs::write(folder.join("terminal.txt"), terminal_volatility(&input, Colour::Off)).unwrap();
}

#[test]
fn every_shock_and_every_criterion_is_everywhere() {
    let runs = drawn::runs(2);
    let tracks = drawn::tracks(&runs);
    let rendered = rendered(&runs, &tracks);
    assert_clean(&rendered);
    for (name, text) in rendered.files() {
        let plain = text.replace('\\', "");
        drawn::SHOCKS.iter().for_each(|shock| assert!(plain.contains(shock.0), "{name}: no {}", shock.0));
        drawn::criteria().iter().for_each(|rule| assert!(plain.contains(&rule.name), "{name}: no {}", rule.name));
    }
    let html = &rendered.html;
    assert_eq!(html.matches("class=\"shock\"").count(), drawn::SHOCKS.len());
    assert_eq!(html.matches("viewBox=\"0 0 2200").count(), drawn::SHOCKS.len(), "a picture a shock");
    assert_eq!(html.matches("<td class=\"break").count(), drawn::SHOCKS.len() + 1, "a row a shock and the calm market");
}

#[test]
fn json_has_every_run_and_no_curve() {
    let runs = drawn::runs(2);
    let tracks = drawn::tracks(&runs);
    let json: serde_json::Value = serde_json::from_str(&rendered(&runs, &tracks).json).unwrap();
    assert_eq!((json["schema_version"].as_u64(), json["kind"].as_str()), (Some(2), Some("volatility")));
    assert_eq!(json["runs"].as_array().map(Vec::len), Some(runs.len()));
    assert_eq!(json["runs"][3]["seed"].as_u64(), Some(runs[3].seed));
    assert_eq!(json["tracks"].as_array().map(Vec::len), Some(tracks.len()));
    assert!(json["tracks"][0]["points"].is_null() && json["tracks"][0]["turns"].is_array());
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(drawn::criteria().len()));
}

/// Believability is in every format that shows figures, is worked out from what was had both ways, and says plainly where there is no loop.
#[test]
fn believability_is_in_every_format() {
    let runs = drawn::runs(1);
    let (result, mut believed) = (drawn::judged(&runs), drawn::believed(&runs));
    assert_eq!(believed.len(), 1 + drawn::SHOCKS.len());
    // One market in which every preset flatters, by 7 at most, beside others in which there is no gap.
    for (place, both) in believed.iter_mut().enumerate() {
        let profits = if place == 2 { [5, 6, 12, 7] } else { [0, 0, 0, 0] };
        let modes = both.believability.modes.iter_mut().zip(profits);
        modes.for_each(|(mode, profit)| mode.profit = crate::units::Money::from_units(profit));
    }
    let input = VolatilityInput { believability: &believed, ..drawn::input(&runs, &[], &result, None) };
    let rendered = render_volatility(&input).unwrap();
    assert_clean(&rendered);
    let (shock, regime) = (drawn::SHOCKS[1].0, &runs[0].regime);
    let finding = format!(
        "Believability: 7 markets had both ways, as a tape and in the closed loop, where the queue is true: in 1 every fill preset flatters the \
         bot, in 6 the closed loop lies within the fill presets; the widest gap is +7.00 USDT (+0.07 % of equity) under optimistic ({shock} ×1, \
         regime {regime}, seed 1)."
    );
    for (name, text) in rendered.files().into_iter().filter(|(name, _)| *name != "report.xml") {
        let text = text.replace('\\', "");
        assert!(text.contains(&finding), "{name}: no `{finding}` in {text}");
    }
    assert!(terminal_volatility(&input, Colour::Off).contains(&finding));
    let json: serde_json::Value = serde_json::from_str(&rendered.json).unwrap();
    let both = &json["believability"]["runs"][2];
    assert_eq!((both["shock"].as_str(), both["modes"][2]["gap"].as_str()), (Some(shock), Some("7")), "{both}");
    assert!(both["modes"][0]["gap"].is_null() && both["modes"][0]["filled_ppm"].is_i64(), "{both}");
    for both in &mut believed {
        both.believability.modes.remove(0);
        both.believability.no_loop_because = "the feed stalls: leave that out".to_owned();
    }
    let input = VolatilityInput { believability: &believed, ..drawn::input(&runs, &[], &result, None) };
    let rendered = render_volatility(&input).unwrap();
    assert_clean(&rendered);
    assert!(rendered.html.contains("The feed stalls: leave that out."), "{}", rendered.markdown);
}

#[test]
fn junit_has_a_case_a_criterion_and_a_case_a_shock() {
    let runs = drawn::runs(2);
    let junit = rendered(&runs, &[]).junit;
    let (criteria, shocks) = (drawn::criteria().len(), drawn::SHOCKS.len());
    assert!(junit.contains(&format!("<testsuite name=\"criteria\" tests=\"{criteria}\"")), "{junit}");
    assert!(junit.contains(&format!("<testsuite name=\"shocks\" tests=\"{shocks}\"")), "{junit}");
    assert!(junit.contains("<testsuite name=\"verdict\" tests=\"1\""), "{junit}");
    assert_eq!(junit.matches("<testcase ").count(), 1 + criteria + shocks);
}

/// One shock holds at severity 1 and breaks above it, the other breaks at 1: only that is a failure.
#[test]
fn a_shock_fails_by_what_counts_at_severity_one() {
    let at = |shock: &str, severity: f64, drawdown: f64| VolatilityRun {
        max_drawdown: drawdown,
        stop: None,
        ..drawn::run(Some(shock), severity, ("normal", 1.0), 1, 0.1)
    };
    let runs = [at("flash-rally", 1.0, 0.01), at("flash-rally", 4.0, 0.5), at("two-leg-crash", 1.0, 0.2)];
    let junit = rendered(&runs, &[]).junit;
    let shocks = junit.split("<testsuite name=\"shocks\"").nth(1).unwrap();
    assert!(shocks.contains("failures=\"1\""), "{shocks}");
    let failed = shocks.split("name=\"two-leg-crash\"").nth(1).unwrap();
    assert!(failed.contains("broke at severity ×1 in 1 of 1 runs"), "{failed}");
    assert!(shocks.contains("<testcase name=\"flash-rally\" classname=\"shocks\"/>"), "{shocks}");
}

#[test]
fn heat_says_how_many_held_and_where_it_breaks() {
    let at = |severity: f64, drawdown: f64, seed| VolatilityRun {
        max_drawdown: drawdown,
        stop: None,
        position_excess_orders: Some(0.0),
        audit_findings: u64::from(drawdown > 0.3),
        ..drawn::run(Some("flash-rally"), severity, ("normal", 1.0), seed, 0.1)
    };
    let runs = [at(1.0, 0.01, 1), at(1.0, 0.02, 2), at(2.0, 0.01, 1), at(2.0, 0.03, 2), at(4.0, 0.4, 1)];
    let result = drawn::judged(&runs);
    let input = drawn::input(&runs, &[], &result, None);
    let rows = heat::rows(&input);
    let row = rows.iter().find(|row| row.name == "flash-rally").unwrap();
    let cells: Vec<(&str, &str)> = row.cells.iter().map(|cell| (cell.glyph, cell.headline.as_str())).collect();
    assert_eq!(cells, [("–", "not run"), ("–", "not run"), ("✓", "2 of 2"), ("◐", "1 of 2"), ("✕", "0 of 1")]);
    assert_eq!(row.cells[2].lines[0], "drawdown 2.00 %");
    assert_eq!(row.cells[4].lines[2], "1 breach");
    assert_eq!(row.break_at, "×2");
    assert!(rows[0].cells[0].headline == "not run", "no calm run");
}

#[test]
fn hostile_names_are_text() {
    let hostile = "<script>alert(1)</script>\"'|`&\u{202e}";
    let mut runs = drawn::runs(1);
    for run in &mut runs {
        run.shock = run.shock.take().map(|_| hostile.to_owned());
        run.regime = hostile.to_owned();
        (run.audit_findings, run.first_finding) = (1, hostile.to_owned());
    }
    let mut track = drawn::track(10, &runs[10], 1.0);
    track.turns.iter_mut().for_each(|(_, words)| *words = hostile.to_owned());
    let result = drawn::judged(&runs);
    let mut input = drawn::input(&runs, std::slice::from_ref(&track), &result, None);
    for text in [&mut input.scenario.name, &mut input.bot.name, &mut input.market.base, &mut input.market.quote] {
        *text = hostile.to_owned();
    }
    input.shocks.iter_mut().for_each(|shock| shock.about = hostile.to_owned());
    let rendered = render_volatility(&input).unwrap();
    assert_clean(&rendered);
    assert!(!rendered.markdown.contains("<script") && !rendered.junit.contains("<script"));
    assert!(!terminal_volatility(&input, Colour::Off).contains('\u{202e}'));
    assert!(serde_json::from_str::<serde_json::Value>(&rendered.json).is_ok());
}

#[test]
fn nothing_at_all_renders() {
    let result = drawn::judged(&[]);
    let mut input = drawn::input(&[], &[], &result, None);
    assert_clean(&render_volatility(&input).unwrap());
    (input.shocks, input.severities, input.regimes) = (Vec::new(), Vec::new(), Vec::new());
    assert_clean(&render_volatility(&input).unwrap());
    assert!(terminal_volatility(&input, Colour::Off).contains("INSUFFICIENT EVIDENCE"));
    assert!(terminal_volatility(&input, Colour::On).contains("\u{1b}["));
}

#[test]
fn a_shock_without_runs_says_so() {
    let runs: Vec<VolatilityRun> =
        drawn::runs(1).into_iter().filter(|run| run.shock.as_deref() != Some("flash-rally")).collect();
    let rendered = rendered(&runs, &[]);
    assert_clean(&rendered);
    assert!(rendered.html.contains("No run of this shock."));
    assert!(rendered.junit.contains("skipped message=\"no run of this shock\""), "{}", rendered.junit);
}

#[test]
fn one_point_draws_and_thousands_are_thinned() {
    let run = drawn::run(Some("flash-rally"), 1.0, ("normal", 1.0), 1, 1.0);
    let whole = drawn::track(0, &run, 1.0);
    let runs = [run];
    let page = |points: Vec<TrackPoint>| {
        let track = Track { points, ..whole.clone() };
        let rendered = rendered(&runs, std::slice::from_ref(&track));
        assert_clean(&rendered);
        rendered.html.len()
    };
    let [none, one] = [Vec::new(), whole.points[..1].to_vec()].map(page);
    assert!(none < one, "a picture of one point");
    let many: Vec<TrackPoint> = (0..20).flat_map(|_| whole.points.clone()).collect();
    assert!(many.len() > 200_000 && page(many) < 300_000, "bytes of the page");
}

/// A figure of a run, as strange as it gets.
fn strange() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(-0.0),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(f64::NAN),
        Just(1e300),
        Just(1e-300),
        -1.0..1.0,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever figures runs and tracks have, no format shows one that is none.
    #[test]
    fn strange_figures_are_dashes(figures in proptest::collection::vec(strange(), 10), seeds in 1_u64..3) {
        let mut runs = drawn::runs(seeds);
        runs.truncate(24);
        for (place, run) in runs.iter_mut().enumerate() {
            let figure = |offset: usize| figures[(place + offset) % figures.len()];
            (run.max_drawdown, run.max_position) = (figure(0), figure(1));
            (run.mean_position, run.position_excess_orders) = (figure(2), Some(figure(3)));
            run.realised_volatility = Some(figure(4));
            (run.worst_markout_bps, run.stop_slippage_bps) = (Some(figure(5)), Some(figure(6)));
            (run.market_low, run.market_high) = (figure(7), figure(8));
        }
        let mut track = drawn::track(20, &runs[20], 1.0);
        track.points.truncate(30);
        for (place, point) in track.points.iter_mut().enumerate() {
            let figure = |offset: usize| figures[(place + offset) % figures.len()];
            (point.mid, point.spread_bps, point.position) = (figure(0), figure(1), figure(2));
            (point.depth, point.equity) = ([figure(3), figure(4)], figure(5));
        }
        assert_clean(&rendered(&runs, std::slice::from_ref(&track)));
    }
}
