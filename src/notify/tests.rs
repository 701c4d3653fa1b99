//! Sinks that work, fail, hang and die, and what the outbox makes of them.

use super::deliver::Delivered;
use super::*;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

fn message(number: u64) -> Message {
    Message {
        id: format!("run-neutral-{number}"),
        alert: "position_value".into(),
        phase: "raised".into(),
        severity: "warning".into(),
        text: "a position is worth too much: 10100 quote, limit 10000 quote".into(),
        market: "TEST".into(),
        at_ns: 1_700_000_000_000_000_000,
        at: "2023-11-14T22:13:20Z".into(),
        cause_at_ns: 1_699_999_999_000_000_000,
        value: "10100 quote".into(),
        limit: "10000 quote".into(),
        run: "run".into(),
    }
}

fn all() -> Vec<Message> {
    (1..=3).map(message).collect()
}

const PATIENCE: Patience =
    Patience { attempts: 3, first_wait: Duration::from_millis(100), longest_wait: Duration::from_millis(150) };

/// A wall clock that moves by what is waited, and what was waited and logged.
#[derive(Default)]
struct World {
    now_ms: AtomicI64,
    waits: Mutex<Vec<u128>>,
    logged: Mutex<Vec<String>>,
}

impl World {
    fn deliver(&self, folder: &Path, sinks: &[Sink]) -> Result<Vec<Delivered>, NotifyError> {
        let wall = Wall {
            now_ms: &|| self.now_ms.load(Ordering::SeqCst),
            sleep: &|time| {
                self.now_ms.fetch_add(time.as_millis() as i64, Ordering::SeqCst);
                self.waits.lock().unwrap().push(time.as_millis());
                std::thread::sleep(time.min(Duration::from_millis(5)));
            },
            log: &|line| {
                self.logged.lock().unwrap().push(line.to_owned());
                Ok(())
            },
            variable: &|_| None,
        };
        deliver(folder, &all(), sinks, (&wall, PATIENCE))
    }
}

fn sink(name: &str, kind: SinkKind) -> Sink {
    Sink { name: name.to_owned(), kind }
}

fn shell(script: &str, timeout: u64) -> SinkKind {
    let program = ["sh", "-c", script].map(str::to_owned).to_vec();
    SinkKind::Command { program, timeout: Duration::from_millis(timeout) }
}

fn came_to(delivered: &Delivered) -> (&str, u64, u64, u64) {
    (&delivered.sink, delivered.now, delivered.before, delivered.outstanding)
}

#[test]
fn every_sink_gets_every_alert_once_in_order_and_confirms_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, read) = (folder.path().join("alerts.jsonl"), folder.path().join("read.jsonl"));
    let sinks = [
        sink("log", SinkKind::Log),
        sink("file", SinkKind::File { path: file.clone() }),
        sink("program", shell(&format!("cat >> {}", read.display()), 10_000)),
    ];
    let world = World::default();
    let first = world.deliver(folder.path(), &sinks).unwrap();
    assert_eq!(
        first.iter().map(came_to).collect::<Vec<_>>(),
        [("log", 3, 0, 0), ("file", 3, 0, 0), ("program", 3, 0, 0)]
    );
    let second = world.deliver(folder.path(), &sinks).unwrap();
    assert!(second.iter().all(|delivered| (delivered.now, delivered.before) == (0, 3)), "{second:?}");
    for path in [file, read] {
        let text = fs::read_to_string(path).unwrap();
        let found: Vec<Message> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(found, all());
    }
    assert_eq!(
        world.logged.lock().unwrap()[0],
        "alert=position_value phase=raised severity=warning market=TEST at=2023-11-14T22:13:20Z id=run-neutral-1 \
         text=\"a position is worth too much: 10100 quote, limit 10000 quote\""
    );
    assert_eq!(Outbox::read(folder.path()).unwrap().len(), 9);
}

#[test]
fn a_failing_sink_is_tried_again_with_longer_waits_loses_nothing_and_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mended = folder.path().join("mended");
    let script = format!("test -e {} || exit 7", mended.display());
    let sinks = [sink("broken", shell(&script, 10_000)), sink("log", SinkKind::Log)];
    let world = World::default();
    let found = world.deliver(folder.path(), &sinks).unwrap();
    assert_eq!(found.iter().map(came_to).collect::<Vec<_>>(), [("broken", 0, 0, 3), ("log", 3, 0, 0)]);
    assert!(found[0].error.as_ref().unwrap().contains("exit status: 7"), "{found:?}");
    let waits: Vec<u128> = world.waits.lock().unwrap().iter().copied().filter(|wait| *wait >= 100).collect();
    assert_eq!(waits, [100, 150]);
    let records = Outbox::read(folder.path()).unwrap();
    let broken: Vec<u32> =
        records.iter().filter(|record| record.sink == "broken").map(|record| record.attempts).collect();
    assert_eq!(broken, [1, 2, 3]);
    fs::write(mended, "").unwrap();
    let found = world.deliver(folder.path(), &sinks).unwrap();
    assert_eq!(found.iter().map(came_to).collect::<Vec<_>>(), [("broken", 3, 0, 0), ("log", 0, 3, 0)]);
}

#[test]
fn a_hanging_program_is_ended_when_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let found = World::default().deliver(folder.path(), &[sink("hangs", shell("exec sleep 600", 50))]).unwrap();
    assert_eq!(came_to(&found[0]), ("hangs", 0, 0, 3));
    assert_eq!(found[0].error.as_deref(), Some("sh: ended after 50 ms without an answer"));
}

#[test]
fn a_program_that_is_not_there_or_does_not_read_is_no_accident() {
    let folder = tempfile::tempdir().unwrap();
    let absent = SinkKind::Command { program: vec!["/no/such/program".into()], timeout: Duration::from_secs(1) };
    let sinks = [sink("absent", absent), sink("deaf", shell("exec true", 10_000))];
    let found = World::default().deliver(folder.path(), &sinks).unwrap();
    assert_eq!(found.iter().map(came_to).collect::<Vec<_>>(), [("absent", 0, 0, 3), ("deaf", 3, 0, 0)]);
}

/// Killed after the sink had confirmed and before, or while, that was noted: the message comes again, under the same id, and none is lost.
#[test]
fn what_a_killed_delivery_did_not_note_is_delivered_again() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = folder.path().join(OUTBOX);
    let sinks = [sink("log", SinkKind::Log)];
    World::default().deliver(folder.path(), &sinks).unwrap();
    let whole = fs::read(&outbox).unwrap();
    let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
    for cut in 0..whole.len() {
        fs::write(&outbox, &whole[..cut]).unwrap();
        // A record counts when all of it but the end of its line is there.
        let noted = ends.iter().filter(|end| **end <= cut).count() as u64;
        let world = World::default();
        let found = world.deliver(folder.path(), &sinks).unwrap();
        assert_eq!(came_to(&found[0]), ("log", 3 - noted, noted, 0), "cut at {cut}");
        let again = World::default().deliver(folder.path(), &sinks).unwrap();
        assert_eq!(came_to(&again[0]), ("log", 0, 3, 0), "cut at {cut}");
    }
}

/// An attempt that failed, or a process that was killed, in the middle of a line: the next line is one of its own.
#[test]
fn a_line_left_half_written_in_a_file_swallows_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alerts.jsonl");
    fs::write(&file, &message(1).line()[..20]).unwrap();
    World::default().deliver(folder.path(), &[sink("file", SinkKind::File { path: file.clone() })]).unwrap();
    let text = fs::read_to_string(file).unwrap();
    let found: Vec<Message> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(found, all());
}

/// Whoever opens a pipe without a reader waits for good: it is refused.
#[cfg(unix)]
#[test]
fn a_pipe_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let found = World::default().deliver(folder.path(), &[sink("file", SinkKind::File { path: pipe })]).unwrap();
    assert_eq!(came_to(&found[0]), ("file", 0, 0, 3));
    assert!(found[0].error.as_ref().unwrap().contains("a pipe, not a file"), "{found:?}");
}

/// A lock goes with its outbox, even while a program that is being started elsewhere has the file open too.
#[test]
fn a_lock_goes_with_its_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let held = Outbox::open(folder.path()).unwrap();
    let copy = held.duplicate();
    drop(held);
    assert!(Outbox::open(folder.path()).is_ok());
    drop(copy);
}

#[test]
fn two_deliveries_at_once_are_one_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let held = Outbox::open(folder.path()).unwrap();
    let refused = World::default().deliver(folder.path(), &[sink("log", SinkKind::Log)]).unwrap_err();
    assert!(matches!(refused, NotifyError::Busy { .. }), "{refused}");
    drop(held);
    assert!(World::default().deliver(folder.path(), &[sink("log", SinkKind::Log)]).is_ok());
}

/// The device that is always full: a file sink says so, and an outbox that is a device is refused before anything is delivered.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_nothing_counts_as_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let full = sink("full", SinkKind::File { path: "/dev/full".into() });
    let found = World::default().deliver(folder.path(), &[full]).unwrap();
    assert_eq!(came_to(&found[0]), ("full", 0, 0, 3));
    assert!(found[0].error.as_ref().unwrap().contains("cannot append"), "{found:?}");
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join(OUTBOX)).unwrap();
    let world = World::default();
    let refused = world.deliver(folder.path(), &[sink("log", SinkKind::Log)]);
    assert!(matches!(refused, Err(NotifyError::Io { .. })), "{refused:?}");
    assert!(world.logged.lock().unwrap().is_empty());
}

/// Answers so many requests with that and says what it read of each: the head and the body.
fn server(answer: &'static str, requests: usize) -> (u16, std::thread::JoinHandle<Vec<String>>) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        let mut seen = Vec::new();
        for _ in 0..requests {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut read, mut chunk) = (Vec::new(), [0; 4_096]);
            while !read.ends_with(b"}") {
                let count = std::io::Read::read(&mut stream, &mut chunk).unwrap();
                read.extend_from_slice(&chunk[..count]);
            }
            seen.push(String::from_utf8(read).unwrap());
            std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
        }
        seen
    };
    (port, std::thread::spawn(serve))
}

fn webhook(port: u16, timeout: u64) -> SinkKind {
    SinkKind::Webhook { url: format!("http://127.0.0.1:{port}/alerts"), timeout: Duration::from_millis(timeout) }
}

#[test]
fn a_webhook_is_posted_the_alert_and_confirms_it_by_its_status() {
    let folder = tempfile::tempdir().unwrap();
    let (port, server) = server("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 3);
    let found = World::default().deliver(folder.path(), &[sink("hook", webhook(port, 10_000))]).unwrap();
    assert_eq!(came_to(&found[0]), ("hook", 3, 0, 0), "{found:?}");
    let seen = server.join().unwrap();
    for (number, request) in (1..).zip(&seen) {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /alerts HTTP/1.1\r\n"), "{head}");
        assert!(head.to_lowercase().contains(&format!("idempotency-key: run-neutral-{number}")), "{head}");
        assert_eq!(serde_json::from_str::<Message>(body).unwrap(), message(number));
    }
}

/// An error and a redirect confirm nothing, and nobody follows the redirect; one that never answers is left after its time.
#[test]
fn a_webhook_that_does_not_confirm_loses_nothing() {
    let elsewhere =
        "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for (answer, said) in [(broken, "answered 500"), (elsewhere, "answered 302")] {
        let folder = tempfile::tempdir().unwrap();
        let (port, server) = server(answer, PATIENCE.attempts as usize);
        let found = World::default().deliver(folder.path(), &[sink("hook", webhook(port, 10_000))]).unwrap();
        assert_eq!(came_to(&found[0]), ("hook", 0, 0, 3));
        assert!(found[0].error.as_ref().unwrap().contains(said), "{found:?}");
        assert_eq!(server.join().unwrap().len(), 3);
    }
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let sinks = [sink("hook", webhook(port, 50)), sink("log", SinkKind::Log)];
    let found = World::default().deliver(folder.path(), &sinks).unwrap();
    assert_eq!(found.iter().map(came_to).collect::<Vec<_>>(), [("hook", 0, 0, 3), ("log", 3, 0, 0)]);
    assert!(found[0].error.as_ref().unwrap().contains("timeout"), "{found:?}");
}

#[test]
fn a_webhook_stays_on_this_machine() {
    for url in
        ["http://127.0.0.1/", "http://127.8.9.1:80/a?b", "http://[::1]:8080/alerts", "http://localhost:9093/alerts"]
    {
        assert_eq!(SinkKind::forbids(url), None, "{url}");
    }
    for (url, reason) in [
        ("http://192.0.2.1/alerts", "host `192.0.2.1`"),
        ("http://0.0.0.0/", "host `0.0.0.0`"),
        ("http://127.0.0.1@192.0.2.1/", "host `192.0.2.1`"),
        ("http://localhost.example.com/", "host `localhost.example.com`"),
        ("http://2130706433/", "host `2130706433`"),
        ("https://127.0.0.1/", "scheme `https`"),
        ("file:///etc/passwd", "no URL: invalid format"),
        ("127.0.0.1:80", "no scheme"),
        ("", "no URL: empty string"),
    ] {
        assert_eq!(SinkKind::forbids(url).as_deref(), Some(reason), "{url}");
    }
}

/// A file of alerts stays below 10 MB; what is full gets the next free number, and no line is lost.
#[test]
fn a_file_that_is_full_is_put_aside() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("out.jsonl");
    let folder = home.path().join("run");
    fs::create_dir(&folder).unwrap();
    let before = format!("{}\n", "x".repeat(9_999_999));
    fs::write(&path, &before).unwrap();
    fs::write(home.path().join("out.jsonl.1"), "older\n").unwrap();
    let delivered = World::default().deliver(&folder, &[sink("file", SinkKind::File { path: path.clone() })]).unwrap();
    assert_eq!(delivered[0].outstanding, 0);
    assert_eq!(fs::read_to_string(home.path().join("out.jsonl.1")).unwrap(), "older\n");
    assert_eq!(fs::read_to_string(home.path().join("out.jsonl.2")).unwrap(), before);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), all().len());
    assert!(!home.path().join("out.jsonl.3").exists());
}
