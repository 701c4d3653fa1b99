use super::drawn;
use super::*;
use crate::report::{Colour, terminal_volatility};

#[test]
#[ignore = "writes a page to look at, into target/volatility-page"]
fn a_page_to_look_at() {
    let runs = drawn::runs(6);
    let tracks = drawn::tracks(&runs);
    let result = drawn::judged(&runs);
    let score = drawn::score();
    let input = drawn::input(&runs, &tracks, &result, Some(&score));
    let rendered = render_volatility(&input).unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/volatility-page");
    std::fs::create_dir_all(&folder).unwrap();
    rendered.write(&folder).unwrap();
    std::fs::write(folder.join("terminal.txt"), terminal_volatility(&input, Colour::Off)).unwrap();
}
