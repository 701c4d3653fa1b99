//! Finding and shrinking, from the command line: how a run stood after an entry, and the smallest scenario that still fails.

mod program;

use program::World;
use serde_json::Value;

/// Twenty minutes, faults for the first ten, and then five to recover in.
fn scenario(gateway: &str, faults: &str) -> String {
    format!(
        "mode = \"paper\"\nseed = 3\n[market.synthetic]\nduration = \"20min\"\n[bot]\nstrategy = \"market-maker\"\n\
         [bot.parameters]\ninterval = \"1s\"\nrequote = \"always\"\noffset_ticks = 1\n[run]\nband = false\n\
         [gateway]\n{gateway}\n[faults]\nheals_at = \"10min\"\nrecovers_within = \"5min\"\n{faults}\n"
    )
}

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn run(world: &World, text: &str, out: &str) -> Value {
    world.write("run.toml", text);
    world.call(&["run", "run.toml", "--no-drills", "--force", "--out", out]);
    report(world, out)
}

fn report(world: &World, out: &str) -> Value {
    object(&std::fs::read_to_string(world.path(out).join("report.json")).expect("a report"))
}

/// Names of the findings of a run, by number of the entry, alerts last.
fn findings(report: &Value) -> Vec<String> {
    let found = report["audit"]["lanes"][0]["findings"].as_array().expect("findings");
    let name = |finding: &Value| finding["control"].as_str().expect("a name").to_owned();
    let mut found: Vec<(bool, u64, String)> = found
        .iter()
        .map(|finding| {
            (name(finding).starts_with("alert "), finding["entry"].as_u64().expect("a number"), name(finding))
        })
        .collect();
    found.sort_by_key(|(is_alert, entry, _)| (*is_alert, *entry));
    found.into_iter().map(|(_, _, name)| name).collect()
}

fn is_broken(report: &Value, name: &str) -> bool {
    let rows = report["audit"]["lanes"][0]["invariants"].as_array().expect("rows");
    rows.iter().any(|row| row["name"] == name && row["broken"].as_u64().is_some_and(|count| count > 0))
}

fn shrink(world: &World, run: &str, out: &str, more: &[&str]) -> Value {
    let arguments = [&["shrink", run, "--out", out, "--json", "--force"], more].concat();
    object(&world.call(&arguments).expect(0).stdout)
}

fn seconds(report: &Value) -> u64 {
    let at = |key: &str| report["metrics"]["span"][key].as_u64().expect("an instant");
    (at("end") - at("start")) / 1_000_000_000
}

fn script(world: &World, name: &str) -> toml::Table {
    let text = std::fs::read_to_string(world.path(name)).expect("a scenario");
    toml::from_str(&text).expect("a scenario")
}

fn scripted(table: &toml::Table) -> usize {
    table["faults"].get("script").map_or(0, |script| script.as_array().expect("a list").len())
}

#[test]
fn a_naive_gateway_on_a_rough_wire_comes_down_to_a_fault_or_two() {
    let world = World::new();
    let naive = run(&world, &scenario("policy = \"naive\"", "profile = \"rough\""), "naive");
    let first = findings(&naive).remove(0);
    let told = shrink(&world, "naive", "small.toml", &[]);
    assert_eq!((told["by"].as_str(), told["name"].as_str()), (Some("first"), Some(first.as_str())));
    assert_eq!(told["same_digest"], true, "the script is the same run as the chances were");
    let small = script(&world, "small.toml");
    assert_eq!(small["faults"]["profile"].as_str(), Some("none"));
    assert!(scripted(&small) <= 3, "{small}");
    let again = run(&world, &std::fs::read_to_string(world.path("small.toml")).expect("a scenario"), "small");
    assert_eq!(findings(&again).first(), Some(&first), "it fails the same way");
    assert!(seconds(&again) * 4 <= seconds(&naive), "{} s of {} s", seconds(&again), seconds(&naive));
    // No single fault can go: without any of them it fails another way, or not at all.
    for place in 0..scripted(&small) {
        let mut less = small.clone();
        let script = less["faults"].get_mut("script").and_then(toml::Value::as_array_mut).expect("a list");
        script.remove(place);
        let found = run(&world, &less.to_string(), "less");
        assert_ne!(findings(&found).first(), Some(&first), "fault {place} can go");
    }
    shrink(&world, "naive", "twice.toml", &[]);
    let bytes = |name: &str| std::fs::read(world.path(name)).expect("a scenario");
    assert_eq!(bytes("small.toml"), bytes("twice.toml"), "the same run gives the same scenario");
}

/// One thing that a careless bot does, the fault that shows it, the invariant that says so, and within which time.
const CARELESS: [(&str, &str, &str, u64); 4] = [
    ("on_unknown = \"resend-as-new\"", "request-delayed = 20000", "one-order", 300),
    ("drops_duplicates = false", "duplicate-report = 20000", "heard-once", 300),
    ("honours_waits = false", "rate-limit = 10000", "waits-honoured", 300),
    // The five minutes that it has to recover in are needed, and no more than the lost stream before them.
    ("reconciles = false", "stream-disconnect = 20000", "recovers", 480),
];

#[test]
fn what_is_named_is_shrunk_whatever_else_is_broken() {
    let world = World::new();
    for (gateway, rate, name, longest) in CARELESS {
        let careless = run(&world, &scenario(gateway, &format!("[faults.rates]\n{rate}\n")), "careless");
        assert!(is_broken(&careless, name), "{gateway}");
        let told = shrink(&world, "careless", "small.toml", &["--by", name]);
        assert_eq!(told["same_digest"], true, "{name}");
        let small = script(&world, "small.toml");
        let found = run(&world, &std::fs::read_to_string(world.path("small.toml")).expect("a scenario"), "small");
        assert!(is_broken(&found, name), "{name}");
        assert!(scripted(&small) <= 3 && seconds(&found) <= longest, "{name}: {told}");
    }
}

/// Of two markets only the one that fails is left, with the faults on its own wire.
#[test]
fn markets_that_are_not_needed_go() {
    let world = World::new();
    let market = "[[markets]]\n[markets.synthetic]\nduration = \"12min\"\n";
    let text = format!(
        "mode = \"paper\"\nseed = 4\n{market}{market}[bot]\nstrategy = \"market-maker\"\n\
         [bot.parameters]\ninterval = \"1s\"\nrequote = \"always\"\n[run]\nband = false\n[gateway]\ndrops_duplicates = false\n\
         [faults]\nheals_at = \"6min\"\n[[faults.script]]\nfault = \"duplicate-report\"\nnth = 20\nlasts = \"1500ms\"\nmarket = 0\n\
         [[faults.script]]\nfault = \"reply-lost\"\nnth = 1\nmarket = 1\n"
    );
    let two = run(&world, &text, "two");
    assert!(is_broken(&two, "heard-once"));
    let told = shrink(&world, "two", "one.toml", &["--by", "heard-once"]);
    let steps = told["steps"].as_array().expect("steps");
    assert_eq!(steps.first().map(|step| (&step["faults"], &step["markets"])), Some((&2.into(), &2.into())));
    assert_eq!(steps.last().map(|step| (&step["faults"], &step["markets"])), Some((&1.into(), &1.into())), "{told}");
}

#[test]
fn what_cannot_be_shrunk_says_why() {
    let world = World::new();
    run(&world, &scenario("", "profile = \"rough\""), "careful");
    let call = |arguments: &[&str]| world.call(&[&["shrink"], arguments].concat());
    call(&["careful", "-o", "a.toml"]).expect(2).says("does not fail");
    call(&["careful", "-o", "a.toml", "--by", "one-order"]).expect(2).says("nothing is broken");
    assert!(!world.path("a.toml").exists(), "nothing is written");
    call(&["nothing", "-o", "a.toml"]).expect(3).says("cannot read");
    world.write("a.toml", "");
    call(&["careful", "-o", "a.toml"]).expect(5).says("--force");
    run(&world, &scenario("drops_duplicates = false", "profile = \"hostile\""), "careless");
    call(&["careless", "-o", "b.toml", "--by", "meteor"]).expect(2).says("heard-once");
    call(&["careless", "-o", "no/such/folder.toml", "--by", "heard-once"]).expect(5).says("cannot write");
    call(&["careless", "-o", "b.toml", "--runs", "2"]).expect(2).says("3..");
    // With three runs there is the run, its script, and the scenario read back.
    let told = shrink(&world, "careless", "b.toml", &["--by", "heard-once", "--runs", "3"]);
    assert_eq!((&told["out_of_runs"], &told["runs"]), (&true.into(), &3.into()));
}

#[test]
fn the_stand_at_the_end_is_that_of_the_report() {
    let world = World::new();
    let found = run(&world, &scenario("policy = \"naive\"", "profile = \"rough\""), "naive");
    let stand = object(&world.call(&["replay", "naive", "--json"]).expect(0).stdout);
    let entries = found["metrics"]["span"]["entries"].as_u64().expect("a count");
    assert_eq!((&stand["entry"], &stand["entries"]), (&(entries - 1).into(), &entries.into()));
    let market = &stand["markets"][0];
    assert_eq!(stand["equity"], found["metrics"]["returns"]["end_equity"]);
    assert_eq!(market["position"], found["metrics"]["inventory"]["end"]);
    assert_eq!(market["fees"], found["metrics"]["execution"]["fees"]);
    assert_eq!(market["fills"], found["metrics"]["execution"]["fills"]);
    assert_eq!(market["wire"]["faults"], {
        let rows = found["metrics"]["wire"]["faults"].as_array().expect("rows");
        rows.iter().map(|row| row["fired"].as_u64().expect("a count")).sum::<u64>()
    });
    let last = stand["last"].as_array().expect("entries");
    assert_eq!(last.len(), 10);
    assert_eq!(last[9]["fields"][0], serde_json::json!(["kind", "end"]));
    world.call(&["replay", "naive"]).expect(0).prints("wire: stream up").prints("uncleared");
}

/// The stand of a run at an instant.
fn at(world: &World, run: &str, text: &str) -> Value {
    object(&world.call(&["replay", run, "--json", "--at", text]).expect(0).stdout)
}

/// The order of that number in the only market.
fn order(stand: &Value, id: u64) -> Option<&Value> {
    let orders = stand["markets"][0]["orders"].as_array().expect("orders");
    orders.iter().find(|order| order["client_order_id"] == id)
}

/// First venue time of every generated market here, in nanoseconds.
const START: u64 = 1_767_571_200_000_000_000;

/// The first orders go out after a second and come to the venue a millisecond later; the third request is the order that goes out after
/// two, and never comes there: after another two its fate is unknown, and twelve seconds of quiet later it is known not to be there.
#[test]
fn what_the_bot_knew_of_an_order_is_shown_entry_by_entry() {
    let world = World::new();
    let faults = "[[faults.script]]\nfault = \"request-lost\"\nnth = 3\n[[faults.script]]\nfault = \"fill-before-ack\"\nnth = 1\nlasts = \"400ms\"\n";
    run(&world, &scenario("", faults), "run");
    let first = |stand: &Value| {
        let order = order(stand, 1).expect("the order");
        (order["venue"].clone(), order["known"].clone(), order["unheard"].clone())
    };
    let says = |venue: &str, known: &str, unheard: u64| (venue.into(), known.into(), unheard.into());
    assert_eq!(first(&at(&world, "run", "1s")), says("on its way", "sent", 0));
    // The acceptance is made, and what carries it is late; the reply tells of it a millisecond later.
    assert_eq!(first(&at(&world, "run", "1001ms")), says("open", "sent", 1));
    assert_eq!(first(&at(&world, "run", "1002ms")), says("open", "acknowledged", 0));
    assert_eq!(order(&at(&world, "run", "1s"), 1).expect("the order")["quantity"], "0.001");
    let third = |stand: &Value| order(stand, 3).map(|order| (order["venue"].clone(), order["known"].clone()));
    assert_eq!(third(&at(&world, "run", "2s")), Some(("on its way".into(), "sent".into())));
    let unknown = at(&world, "run", "5s");
    assert_eq!(third(&unknown), Some(("on its way".into(), "unknown".into())));
    let fates = serde_json::json!([{ "client_order_id": 3, "since": START + 4_000_000_000 }]);
    assert_eq!(unknown["markets"][0]["wire"]["unknown"], fates);
    let later = at(&world, "run", "1min");
    assert_eq!((&later["markets"][0]["wire"]["unknown"], third(&later)), (&serde_json::json!([]), None));
    assert_eq!(
        (&later["markets"][0]["wire"]["faults"], &later["markets"][0]["status"]),
        (&2.into(), &"running".into())
    );
}

#[test]
fn a_stream_that_is_down_is_shown_and_what_it_kept_from_the_bot() {
    let world = World::new();
    let faults = "[[faults.script]]\nfault = \"stream-disconnect\"\nat = \"30500ms\"\nlasts = \"20s\"\n";
    run(&world, &scenario("", faults), "run");
    assert_eq!(at(&world, "run", "20s")["markets"][0]["wire"], Value::Null, "nothing was noted of the wire so far");
    let during = at(&world, "run", "40s");
    let wire = &during["markets"][0]["wire"];
    assert_eq!(wire["stream_down_since"], START + 30_500_000_000);
    assert_eq!((&wire["last_fault"]["fault"], &wire["last_fault"]["cause"]), (&"stream-disconnect".into(), &1.into()));
    let after = at(&world, "run", "2min");
    let wire = &after["markets"][0]["wire"];
    assert_eq!((&wire["stream_down_since"], &wire["reconciling_since"]), (&Value::Null, &Value::Null));
    assert!(wire["reconciled_at"].as_u64().is_some_and(|at| START + 50_500_000_000 <= at), "{wire}");
    // By number of the entry and by instant it is the same.
    let number = during["entry"].as_u64().expect("a number").to_string();
    let same = object(&world.call(&["replay", "run", "--json", "--until", &number]).expect(0).stdout);
    assert_eq!(same, during);
    let next = (during["entry"].as_u64().expect("a number") + 1).to_string();
    let next = object(&world.call(&["replay", "run", "--json", "--until", &next, "--last", "1"]).expect(0).stdout);
    assert!(next["at"].as_u64() > Some(START + 40_000_000_000), "the entry after it is later: {}", next["last"]);
}

#[test]
fn what_is_not_there_is_refused() {
    let world = World::new();
    run(&world, &scenario("", ""), "run");
    let call = |arguments: &[&str]| world.call(&[&["replay"], arguments].concat());
    call(&["run", "--until", "99999999"]).expect(2).says("expected 0 to");
    call(&["run", "--at", "2h"]).expect(2).says("an instant of the run");
    call(&["run", "--at", "2025-01-01T00:00:00Z"]).expect(2).says("an instant of the run");
    call(&["run", "--at", "noon"]).expect(2).says("90s");
    call(&["run", "--at", "1s", "--until", "1"]).expect(2);
    call(&["run", "--lane", "bold"]).expect(2).says("neutral");
    call(&["nothing"]).expect(3).says("cannot read");
    world.write("coarse.toml", &format!("{}\n", scenario("", "").replace("[run]\n", "[run]\njournal = \"digest\"\n")));
    world.call(&["run", "coarse.toml", "--no-drills", "--out", "coarse"]);
    call(&["coarse"]).expect(3).says("run.journal=full");
    std::fs::remove_file(world.path("run/journal-neutral.bin")).expect("a journal");
    call(&["run"]).expect(3).says("journal-neutral.bin");
}

#[test]
fn lengths_and_markets_of_the_script_are_refused_with_their_place() {
    let world = World::new();
    let cases = [
        ("fault = \"reply-lost\"\nnth = 2\nlasts = \"1s\"", "faults.script[0].lasts", "at an instant"),
        ("fault = \"request-delayed\"\nnth = 2\nlasts = \"9s\"", "faults.script[0].lasts", "8s"),
        ("fault = \"reply-lost\"\nnth = 2\nmarket = 1", "faults.script[0].market", "count from 0"),
    ];
    for (fault, place, hint) in cases {
        world.write("run.toml", &scenario("", &format!("[[faults.script]]\n{fault}\n")));
        let call = world.call(&["run", "run.toml", "--no-drills", "--force", "--out", "out"]).expect(2);
        let told = call.stderr.replace('\n', " ");
        assert!(told.contains(place) && told.contains(hint), "{fault}: {told}");
    }
}
