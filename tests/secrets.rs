//! Secrets that lie about, in the environment and in scenarios, can be read in nothing that the program writes or says.

mod program;

use program::{Called, World};
use std::fs;
use std::path::Path;

/// What must be read nowhere.
const CANARY: &str = "k7Qz-canary-9Xw";

/// Where secrets are kept.
const VARIABLES: [&str; 6] = [
    "ALERT_TOKEN",
    "BINANCE_API_SECRET",
    "KRAKEN_PRIVATE_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "SEATRIAL_TOKEN",
    "HTTP_PROXY",
];

/// Two alerts, and three sinks that need a secret: one takes it, one fails with it, one cannot be reached.
const SCENARIO: &str = r#"
mode = "paper"
run = { band = false }
[market.synthetic]
duration = "5min"
[alerts]
trade_rate = "off"
[[commands]]
at = "4min"
do = "kill"
[[sinks]]
name = "taken"
kind = "command"
program = ["sh", "./take.sh", "${ALERT_TOKEN}", "$${ALERT_TOKEN}"]
[[sinks]]
name = "talking"
kind = "command"
program = ["sh", "-c", "echo $0 >&2; exit 1", "${ALERT_TOKEN}"]
[[sinks]]
name = "failing"
kind = "command"
program = ["./${ALERT_TOKEN}/no-such-program", "--token", "${ALERT_TOKEN}"]
[[sinks]]
name = "unreachable"
kind = "webhook"
url = "http://127.0.0.1:9/alerts?token=${ALERT_TOKEN}"
"#;

/// Every file below `folder` that holds the canary. (Journals are packed; what was said of them is not.)
fn leaks(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            found.extend(leaks(&path));
        } else if fs::read(&path).unwrap().windows(CANARY.len()).any(|window| window == CANARY.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[track_caller]
fn tells_nobody(called: &Called, what: &str) {
    assert!(!called.stdout.contains(CANARY), "{what}: stdout:\n{}", called.stdout);
    assert!(!called.stderr.contains(CANARY), "{what}: stderr:\n{}", called.stderr);
}

#[test]
fn a_secret_of_the_environment_is_read_nowhere_but_where_it_is_for() {
    let world = World::new();
    fs::create_dir(world.path("work")).unwrap();
    world.write("own.toml", SCENARIO);
    world.write("take.sh", "cat >/dev/null\nprintf '%s %s' \"$1\" \"$2\" >\"$TAKEN\"\n");
    let taken = tempfile::tempdir().unwrap();
    let taken_at = taken.path().join("taken");
    let mut environment: Vec<(&str, &str)> = VARIABLES.map(|name| (name, CANARY)).into();
    environment.push(("TAKEN", taken_at.to_str().unwrap()));
    let calls: [&[&str]; 12] = [
        &["run", "own.toml", "--out", "out"],
        &["run", "own.toml", "--json", "--out", "second"],
        &["run", "own.toml", "--print-config"],
        &["run", "own.toml", "--seeds", "1..3", "--out", "seeds"],
        &["report", "out"],
        &["verify", "out"],
        &["alerts", "show", "out"],
        &["alerts", "deliver", "out"],
        &["audit", "out"],
        &["ledger", "statement", "out"],
        &["scenario", "check", "own.toml"],
        &["run", "nowhere.toml"],
    ];
    for call in calls {
        let called = world.call_in(&environment, call);
        assert!(called.code < 6, "{call:?}: {}", called.stderr);
        tells_nobody(&called, &format!("{call:?}"));
    }
    world.call_in(&environment, &["run", "own.toml", "--print-config"]).expect(0).prints("${ALERT_TOKEN}");
    assert_eq!(fs::read_to_string(&taken_at).unwrap(), format!("{CANARY} ${{ALERT_TOKEN}}"));
    let outbox = fs::read_to_string(world.path("out/alerts-outbox.jsonl")).unwrap();
    assert!(outbox.contains("./${ALERT_TOKEN}/no-such-program: cannot run"), "{outbox}");
    assert!(outbox.contains("http://127.0.0.1:9/alerts?token=${ALERT_TOKEN}"), "{outbox}");
    assert_eq!(leaks(&world.path("")), Vec::<String>::new());
}

#[test]
fn a_sink_whose_variable_is_not_there_keeps_its_alerts() {
    let world = World::new();
    world.write("own.toml", SCENARIO);
    let run = world.call(&["run", "own.toml", "--out", "out"]);
    assert!(run.stderr.contains("the environment has no `ALERT_TOKEN`"), "{}", run.stderr);
    world.call(&["alerts", "deliver", "out", "--sink", "unreachable"]).expect(1);
}

/// Where people put secrets in scenarios. Each is refused with its place, and neither said nor kept.
#[test]
fn a_secret_in_a_scenario_is_refused_and_not_shown() {
    let planted = [
        "api_key = \"{}\"",
        "seed = 1\ntoken = \"{}\"",
        "[bot.parameters]\napi_secret = \"{}\"",
        "[bot.parameters]\n\"X-MBX-APIKEY\" = \"{}\"",
        "telegram_token = \"{}\"",
        "[credentials]\nbinance = \"{}\"",
        "[bot.parameters.api_key]\nvalue = \"{}\"",
        "[[sinks]]\nname = \"a\"\nkind = \"command\"\nprogram = [\"curl\", \"-u\", \"user:{}\"]",
        "program = [\"page\", \"--password\",\n\"{}\"]\nno TOML",
        "api_key = \"\"\"\na\n{}\"\"\"\nno TOML",
        "# api_key = \"{}\"\nseed = \"x\"",
        "[bot]\nstrategy = \"market-maker\"\nparameters = { interval = \"1s\", private_key = [\"{}\"] }",
        "[gateway]\nkeys = { passphrase = '{}' }",
        "[[sinks]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1/a?b=c&token={}\"",
        "[[sinks]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"http://user:{}@127.0.0.1/a\"",
        "[[sinks]]\nname = \"a\"\nkind = \"command\"\nprogram = [\"curl\", \"-H\", \"Authorization: Bearer {}\"]",
        "[[sinks]]\nname = \"a\"\nkind = \"command\"\nprogram = [\"page\", \"--password\", \"{}\"]",
        "[[sinks]]\nname = \"a\"\nkind = \"command\"\nprogram = [\"page\", \"--auth-token={}\"]",
        "api_key = \"\"\"\n{}\n{}\"\"\"",
        "api_key = {} and no TOML",
        "note = \"token={}\nno end",
    ];
    for text in planted {
        let world = World::new();
        let text = text.replace("{}", CANARY);
        world.write("own.toml", &format!("mode = \"paper\"\n{text}\n"));
        for call in [
            &["run", "own.toml", "--out", "out"][..],
            &["scenario", "check", "own.toml"],
            &["run", "own.toml", "--print-config"],
        ] {
            let called = world.call(call).expect(2).says("own.toml:");
            tells_nobody(&called, &text);
        }
        assert!(!world.path("out").exists(), "{text}");
    }
    let world = World::new();
    world.write("own.toml", "mode = \"paper\"\n");
    tells_nobody(&world.call(&["run", "own.toml", "--set", &format!("token {CANARY}")]).expect(2), "no equals sign");
    for key in ["bot.parameters.api_key", "token", "sinks.password"] {
        let set = format!("{key}=\"{CANARY}\"");
        let called = world.call(&["run", "own.toml", "--set", &set]).expect(2).says("what looks like a secret");
        tells_nobody(&called, &set);
        let called = world.call(&["run", "own.toml", "--set", &format!("{key}={CANARY}$")]).expect(2);
        tells_nobody(&called, &set);
    }
}

#[test]
fn a_misnamed_variable_is_an_error_with_its_place() {
    let world = World::new();
    let sink = "[[sinks]]\nname = \"a\"\nkind = \"command\"\nprogram = [\"page\", \"${A B}\"]";
    world.write("own.toml", &format!("mode = \"paper\"\n{sink}\n"));
    world.call(&["scenario", "check", "own.toml"]).expect(2).says("own.toml:5").says("`$${` stands for `${` itself");
}
