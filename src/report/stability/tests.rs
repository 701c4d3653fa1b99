//! Drawn evidence in all formats.

use super::*;
use crate::readiness::{
    AxisKind, Comparison, Figures, StabilityAxis, StabilityCriterion, StabilityEvidence, StabilityPoint,
    StabilityResult, Threshold, judge_stability,
};
use crate::report::input::{BotFacts, ScenarioFacts};
use crate::report::volatility::MarketFacts;
use crate::units::{DAY, Timestamp};

fn point(label: &str, value: f64, is_base: bool) -> StabilityPoint {
    let figures = |seed: u32| {
        let all = [("total_return", value + 0.01 * f64::from(seed) / 30.0), ("fills", 12.0), ("max_drawdown", 0.02)];
        all.into_iter()
            .chain([("audit_findings", 0.0)])
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Figures>()
    };
    StabilityPoint {
        label: label.to_owned(),
        is_base,
        note: String::new(),
        moved: None,
        seeds: (0..30).map(figures).collect(),
    }
}

fn evidence() -> StabilityEvidence {
    let axis = |kind, name: &str, values: &[f64]| StabilityAxis {
        kind,
        name: name.to_owned(),
        about: "what | was <moved>".to_owned(),
        measure: "total_return".to_owned(),
        points: values
            .iter()
            .enumerate()
            .map(|(place, value)| point(&format!("p{place} (note)"), *value, place == 0))
            .collect(),
        reference: 0,
    };
    let axes = vec![axis(AxisKind::Fees, "fees", &[0.1, 0.09, -0.05]), axis(AxisKind::Fills, "fills", &[0.1, 0.1])];
    StabilityEvidence { base: point("base", 0.1, true), axes, unproved: String::new() }
}

fn judged(evidence: &StabilityEvidence) -> StabilityResult {
    let criterion = StabilityCriterion {
        name: "earns <money>".to_owned(),
        measure: "total_return".to_owned(),
        comparison: Comparison::Above,
        threshold: Threshold::parse("0").unwrap(),
        share: 0.9,
        axes: Vec::new(),
    };
    judge_stability(&[criterion], evidence)
}

fn input<'a>(evidence: &'a StabilityEvidence, result: &'a StabilityResult) -> StabilityInput<'a> {
    let text = |text: &str| text.to_owned();
    let same = |how: &str| ProofRow { how: text(how), digest: text("d1"), is_same: true };
    StabilityInput {
        scenario: ScenarioFacts { name: text("s"), description: text("d"), file: text("s.toml"), hash: text("h") },
        run_id: text("r"),
        digest: text("d0"),
        program: text("seatrial 0"),
        build_id: text("b"),
        semantics: 1,
        bot: BotFacts {
            name: text("maker"),
            parameters: vec![(text("a"), text("1"))],
            build_id: text("b"),
            is_dirty: false,
        },
        market: MarketFacts {
            model: text("m"),
            symbol: text("AB"),
            base: text("A"),
            quote: text("B"),
            start: Timestamp::from_nanos(0),
        },
        seeds: (1, 30),
        length: DAY.times(7),
        period: DAY.times(2),
        runs: 180,
        measure: text("total_return"),
        evidence,
        result,
        proofs: ProofFacts {
            run: text("run 1"),
            digest: text("d1"),
            determinism: vec![same("alone")],
            resume: vec![same("cut")],
            no_resume_because: String::new(),
        },
        findings: Vec::new(),
        assumptions: Vec::new(),
        not_shown: vec![text("everything else")],
        options: Vec::new(),
        rerun: vec![text("seatrial run s.toml")],
        folder: text("out/report.html"),
    }
}

#[test]
fn every_format_says_what_breaks_and_where() {
    let evidence = evidence();
    let result = judged(&evidence);
    let input = input(&evidence, &result);
    let rendered = render_stability(&input).unwrap();
    let terminal = terminal_stability(&input, Colour::Off).unwrap();
    for text in [&rendered.html, &rendered.markdown, &terminal] {
        ["NO-GO", "p2", "fees", "cliff"].iter().for_each(|word| {
            let is_short = std::ptr::eq(text, &terminal) && *word == "cliff";
            assert!(is_short || text.contains(word), "{word}\n{text}");
        });
        assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
    }
    assert!(
        rendered.html.contains("earns &#60;money&#62;") && !rendered.html.contains("<script"),
        "escaped, and no script"
    );
    assert!(rendered.html.len() < 300_000, "{} bytes", rendered.html.len());
    let json: serde_json::Value = serde_json::from_str(&rendered.json).unwrap();
    assert_eq!((json["verdict"].as_str(), json["exit_code"].as_u64()), (Some("no-go"), Some(1)));
    assert_eq!(json["axes"][0]["shapes"]["total_return"]["shape"], "cliff");
    assert_eq!(json["axes"][0]["shapes"]["total_return"]["step"], serde_json::json!([1, 2]));
    assert_eq!(json["conclusions"][0]["breaks"][0]["point"], "p2 (note)");
    assert_eq!(json["ranking"][0], "fees");
    assert!(rendered.junit.contains("<failure") && rendered.junit.contains("name=\"fees\""), "{}", rendered.junit);
}

#[test]
fn nothing_at_all_renders() {
    let base = StabilityPoint { seeds: Vec::new(), ..point("base", 0.0, true) };
    let evidence = StabilityEvidence { base, axes: Vec::new(), unproved: String::new() };
    let result = judge_stability(&[], &evidence);
    let mut input = input(&evidence, &result);
    input.proofs = ProofFacts {
        determinism: Vec::new(),
        resume: Vec::new(),
        no_resume_because: "bars".to_owned(),
        ..input.proofs
    };
    let rendered = render_stability(&input).unwrap();
    assert!(rendered.html.contains("INSUFFICIENT EVIDENCE") && rendered.html.contains("Nothing was moved."));
    assert!(terminal_stability(&input, Colour::On).unwrap().contains("\u{1b}["));
}
