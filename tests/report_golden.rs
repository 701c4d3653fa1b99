//! Reports of built examples: golden Markdown, terminal and JUnit texts, and properties of page and JSON.
//!
//! `SEATRIAL_REPORT_EXAMPLES=folder cargo test --test report_golden` also writes the pages there, to be looked at.

mod report_example;

use report_example::{Example, example};
use seatrial::report::{Colour, Rendered, render, run_object, terminal};

const ALL: [(&str, Example); 5] = [
    ("go", Example::Go),
    ("no-go", Example::NoGo),
    ("insufficient", Example::Insufficient),
    ("empty", Example::Empty),
    ("hostile", Example::Hostile),
];

fn rendered(kind: Example) -> Rendered {
    render(&example(kind)).unwrap()
}

#[test]
fn pages_can_be_looked_at() {
    let Ok(folder) = std::env::var("SEATRIAL_REPORT_EXAMPLES") else { return };
    for (name, kind) in ALL {
        let folder = std::path::Path::new(&folder).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        rendered(kind).write(&folder).unwrap();
        std::fs::write(folder.join("terminal.txt"), terminal(&example(kind), Colour::Off)).unwrap();
    }
}

#[test]
fn pages_are_self_contained_and_escaped() {
    for (name, kind) in ALL {
        let html = rendered(kind).html;
        let lower = html.to_lowercase();
        assert!(html.len() < 5_000_000, "{name}: {} bytes", html.len());
        assert!(!lower.contains("<script"), "{name}: a script tag");
        assert!(!lower.contains("<img"), "{name}: an image tag");
        assert!(
            !lower.contains("<link") && !lower.contains("<iframe") && !lower.contains("@import"),
            "{name}: a resource"
        );
        assert!(!lower.contains("src=\"") && !lower.contains("url("), "{name}: a resource");
        assert!(html.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"), "{name}: no policy");
        assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count(), "{name}: unbalanced svg");
        assert!(!html.contains('\u{1b}') && !html.contains('\u{202e}'), "{name}: control characters");
        let links =
            html.replace("http-equiv", "").replace("https:&#x2F;&#x2F;", "").replace("https://evil.example", "");
        assert!(kind == Example::Hostile || !links.contains("http"), "{name}: an address");
        assert!(!links.contains("href=\"http") && !links.contains("xmlns"), "{name}: a link out");
    }
}

#[test]
fn hostile_texts_reach_the_pictures_escaped() {
    let html = rendered(Example::Hostile).html;
    let picture = html.split("Price with the bot").nth(1).unwrap();
    let picture = &picture[picture.find("<svg viewBox=\"0 0 2200").unwrap()..];
    let picture = &picture[..picture.find("</svg>").unwrap()];
    assert!(picture.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the symbol is not in the picture");
    assert!(!picture.contains("<script") && !picture.contains("<img"));
}

#[test]
fn markdown_of_hostile_texts_has_no_tags_but_ours() {
    let markdown = rendered(Example::Hostile).markdown;
    let prose = markdown.split("```").step_by(2).collect::<String>();
    let ours = ["<br>", "<sub>", "</sub>"].iter().fold(prose, |text, tag| text.replace(tag, ""));
    let quoted = ours.lines().map(|line| line.strip_prefix("> ").unwrap_or(line)).collect::<String>();
    assert!(!quoted.contains(['<', '>']), "{quoted}");
    assert!(!ours.contains(" @all") && !ours.contains("https://"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(rendered(Example::Go), rendered(Example::Go));
}

#[test]
fn a_long_run_gives_no_longer_page() {
    let mut input = example(Example::Go);
    let series = &mut input.summary.series;
    let long =
        |points: &mut Vec<seatrial::metrics::Point>| *points = points.iter().copied().cycle().take(300_000).collect();
    [&mut series.equity, &mut series.mid, &mut series.inventory, &mut series.drawdown].into_iter().for_each(long);
    series.fills = series.fills.iter().copied().cycle().take(300_000).collect();
    input.summary.returns.days = input.summary.returns.days.iter().cloned().cycle().take(2_000).collect();
    let page = render(&input).unwrap().html;
    assert!(page.len() < 2_500_000, "{} bytes", page.len());
    assert!(page.contains("<details class=\"rows\"><summary>370 days</summary>"), "a long table is folded away");
}

#[test]
fn json_is_valid_and_exact() {
    for (name, kind) in ALL {
        let json: serde_json::Value = serde_json::from_str(&rendered(kind).json).unwrap();
        assert_eq!(json["schema"], 1, "{name}");
        assert!(json["metrics"]["series"].is_null(), "{name}: plotted series in the JSON report");
    }
    let json: serde_json::Value = serde_json::from_str(&rendered(Example::Go).json).unwrap();
    assert_eq!(json["equity"]["end"], "101844.42");
    assert_eq!(json["findings"][1]["threshold"], "0.05");
    assert_eq!(json["findings"][6]["result"], "not-measured");
    assert_eq!(json["findings"][6]["missing"], "assumed");
    assert_eq!(json["metrics"]["profit"]["spread_capture"], "7411.206");
    let object: serde_json::Value = serde_json::from_str(&run_object(&example(Example::Go), 42).unwrap()).unwrap();
    assert_eq!((object["exit_code"].as_u64(), object["events_per_second"].as_u64()), (Some(0), Some(42)));
    assert_eq!(object["verdict"], "go");
}

#[test]
fn golden_texts() {
    for (name, kind) in &ALL[..4] {
        let Rendered { markdown, junit, .. } = rendered(*kind);
        insta::assert_snapshot!(format!("{name}_markdown"), markdown);
        insta::assert_snapshot!(format!("{name}_junit"), junit);
        insta::assert_snapshot!(format!("{name}_terminal"), terminal(&example(*kind), Colour::Off));
    }
    insta::assert_snapshot!("go_json", rendered(Example::Go).json);
}

#[test]
fn colour_is_only_an_addition() {
    let coloured = terminal(&example(Example::NoGo), Colour::On);
    let plain = terminal(&example(Example::NoGo), Colour::Off);
    assert!(coloured.contains("\u{1b}[1;37;41m ✕ NO-GO with 1 waiver \u{1b}[0m"));
    assert!(!plain.contains('\u{1b}') && plain.contains("✕ NO-GO with 1 waiver"));
    assert!(!terminal(&example(Example::Hostile), Colour::Off).contains('\u{1b}'));
}
