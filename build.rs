//! Tells the program what it was built from: the commit and whether the work tree had changes. Works without git.

use std::process::Command;

fn main() {
    let commit = git(&["rev-parse", "HEAD"]);
    let dirty =
        git(&["--no-optional-locks", "status", "--porcelain", "--", "src", "Cargo.toml", "Cargo.lock", "build.rs"])
            .map(|changes| !changes.is_empty());
    let show = |flag: Option<bool>| flag.map_or("unknown", |dirty| if dirty { "true" } else { "false" });
    println!("cargo:rustc-env=SEATRIAL_BUILD_COMMIT={}", commit.as_deref().unwrap_or("unknown"));
    println!("cargo:rustc-env=SEATRIAL_BUILD_DIRTY={}", show(dirty));
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src");
    for file in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", file]).filter(|path| std::path::Path::new(path).exists());
        if let Some(path) = path {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

/// What git prints, trimmed; `None` without git or outside a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
