use super::args::AuditRun;
use super::console::{print, progress_bar, say};
use super::exit::ExitStatus;
use super::failure::Failure;
use crate::scenario::{Registry, Replay, RunAudit, UserManifest, audit_run, read_manifest};
use std::fmt::Write;

/// Audits a finished run, or those of all bots of a user.
pub fn audit(arguments: &AuditRun, registry: &Registry) -> Result<ExitStatus, Failure> {
    let Some(user) = UserManifest::read(&arguments.run) else { return audit_one(arguments, registry) };
    if let Some(stray) = user.strays(&arguments.run).first() {
        return Err(Failure::data(stray));
    }
    let mut status = ExitStatus::Go;
    for run in user.folders(&arguments.run) {
        if !arguments.json {
            print(&format!("bot {}\n", run.display()))?;
        }
        let one = AuditRun { run, tapes: arguments.tapes.clone(), json: arguments.json };
        status = status.max(audit_one(&one, registry)?);
    }
    Ok(status)
}

fn audit_one(arguments: &AuditRun, registry: &Registry) -> Result<ExitStatus, Failure> {
    let bar = progress_bar(read_manifest(&arguments.run)?.lanes.iter().map(|lane| lane.entries).sum(), "audit");
    let audit = audit_run(&arguments.run, Replay { registry, tapes: &arguments.tapes }, &|entries| bar.inc(entries));
    bar.finish_and_clear();
    let audit = audit?;
    if arguments.json {
        let object = serde_json::to_string(&audit).map_err(Failure::write)?;
        print(&format!("{object}\n"))?;
    } else {
        print(&text(&audit))?;
    }
    if audit.clean {
        return Ok(ExitStatus::Go);
    }
    let found: u64 = audit.lanes.iter().map(|lane| lane.audit.found).sum();
    say(&format!("error: the controls of {} did not do what they had to ({found} found)", arguments.run.display()));
    Ok(ExitStatus::NoGo)
}

/// A table a lane, and what was not checked.
fn text(audit: &RunAudit) -> String {
    let mut text = String::new();
    for lane in &audit.lanes {
        // Writing to a string does not fail.
        let _ = writeln!(text, "lane {}\n{}", lane.preset, lane.audit);
    }
    audit.unchecked.iter().for_each(|what| text.push_str(&format!("not checked: {what}\n")));
    text
}
