//! For a pull request.

use super::input::VolatilityInput;
use super::{believability, beside, criteria, heat, page, scaling};
use crate::report::markdown::{fenced, table, table_or};
use crate::report::section;
use crate::report::text::markdown as safe;

/// Verdict, criteria, break points with the heat map, scaling, comparison, what is not shown.
pub fn document(input: &VolatilityInput) -> String {
    let glyph = section::verdict_tone(input.result.verdict).glyph();
    let mut parts = vec![
        format!("## {glyph} {}", input.result.verdict.words()),
        safe(&section::sentence(&input.result.reason)),
        format!("{}  \n{}", safe(&criteria::scope(input)), safe(&criteria::trial(input))),
    ];
    let mut titled = |title: &str, body: String| parts.extend([format!("### {title}"), body]);
    titled("Criteria", table_or(&criteria::table(input), "The scenario states no criteria."));
    titled("Shocks by severity", table_or(&heat::table(input), "No shock was run."));
    titled("By realised volatility", table_or(&scaling::bands(input), "No run has a realised volatility."));
    titled("How figures go with volatility", table_or(&scaling::exponents(input), "Nothing was measured."));
    titled("Beside doing nothing and holding", table_or(&beside::table(input), "Nothing was run."));
    let believed = believability::table(input);
    if !believed.is_empty() {
        titled("Believability", format!("{}\n\n{}", safe(&believability::line(input)), table(&believed)));
    }
    let shocks = believability::shocks(input);
    if !shocks.is_empty() {
        titled("Believability of each shock", table(&shocks));
    }
    if let Some(score) = input.score {
        titled("The market", safe(&section::sentence(&score.words)));
    }
    titled("Assumed", table_or(&page::assumptions(input), "Nothing."));
    let gaps: Vec<String> =
        input.not_shown.iter().map(|text| format!("* {}", safe(&section::sentence(text)))).collect();
    if !gaps.is_empty() {
        titled("Not shown", gaps.join("\n"));
    }
    parts.push(format!("```text\n{}\n```", fenced(&input.rerun)));
    parts.push(format!(
        "<sub>{} · run {} · digest {}</sub>",
        safe(&input.program),
        safe(&input.run_id),
        safe(&input.digest)
    ));
    parts.join("\n\n") + "\n"
}
