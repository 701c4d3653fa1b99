use super::error::{IngestError, Mismatch, Place};
use super::import::ImportOptions;
use super::source_file::file_name;
use std::path::{Path, PathBuf};

/// The symbol of the inputs: as stated, else as all file names that hold one say. `in_name` finds it in a name.
///
/// Names that contradict each other or a stated instrument are refused; a stated symbol overrules them.
pub(super) fn one_symbol(
    paths: &[PathBuf],
    options: &ImportOptions,
    in_name: fn(&Path) -> Option<String>,
) -> Result<Option<String>, IngestError> {
    if paths.is_empty() {
        return Err(Mismatch::new("no input", "at least one file").at(Path::new("inputs"), Place::File));
    }
    if options.symbol.is_some() {
        return Ok(options.symbol.clone());
    }
    let mut known =
        options.instrument.as_ref().map(|stated| (stated.symbol.clone(), "as in the instrument".to_owned()));
    for path in paths {
        let Some(symbol) = in_name(path) else { continue };
        match &known {
            Some((known, said)) if !same(known, &symbol) => {
                let mismatch = Mismatch::new(&symbol, format!("symbol {known}, {said}")).key("symbol");
                let hint = "one tape holds one instrument; if the name misleads, state the symbol";
                return Err(mismatch.hint(hint).at(path, Place::File));
            }
            Some(_) => {}
            None => known = Some((symbol, format!("as in {}", file_name(path)))),
        }
    }
    Ok(known.map(|(symbol, _)| symbol))
}

/// Refuses to go on without a symbol.
pub(super) fn required(symbol: Option<&str>, first: &Path) -> Result<String, IngestError> {
    symbol.map(str::to_owned).ok_or_else(|| {
        Mismatch::new(&file_name(first), "a symbol at the start of the file name, as in BTCUSDT-1m-2024-01.zip")
            .hint("state the symbol, or the instrument in a TOML file")
            .at(first, Place::File)
    })
}

/// True when two spellings mean one symbol: `XRP/ETH` and `XRPETH`.
fn same(a: &str, b: &str) -> bool {
    let letters = |symbol: &str| -> String {
        symbol.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
    };
    letters(a) == letters(b)
}
