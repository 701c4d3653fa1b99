//! The program in an empty folder of its own.

use assert_cmd::Command;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A world of its own: an empty folder and the program running in it.
pub struct World {
    home: TempDir,
}

/// What a call left behind.
pub struct Called {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl World {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn call(&self, arguments: &[&str]) -> Called {
        self.call_with(None, arguments)
    }

    /// The same with a variable of the environment.
    pub fn call_with(&self, variable: Option<(&str, &str)>, arguments: &[&str]) -> Called {
        self.call_in(variable.as_slice(), arguments)
    }

    /// The same with these variables of the environment.
    pub fn call_in(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Called {
        let mut command = Command::cargo_bin("seatrial").unwrap();
        let variables = variables.iter().copied();
        let output = command.current_dir(self.home.path()).envs(variables).args(arguments).output().unwrap();
        Called {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Called {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "stderr lacks `{text}`:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "stdout lacks `{text}`:\n{}", self.stdout);
        self
    }
}
