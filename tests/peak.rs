//! The busiest hour of a run's market once more, faster: what it comes to, what is kept of it, and that `verify` sees through a forged one.

mod program;

use program::World;
use serde_json::Value;
use std::fs;

const MAKER: &str =
    "[bot]\nstrategy = \"market-maker\"\n[bot.parameters]\ninterval = \"1s\"\noffset_ticks = 0\nrequote = \"always\"\n";

fn scenario(peak: &str, more: &str) -> String {
    let run = "mode = \"paper\"\nrun = { band = false }\n[market.synthetic]\nduration = \"40min\"\n";
    let criterion = "[[readiness.criteria]]\nname = \"taken\"\nmetric = \"order_success_rate\"\ncomparison = \"at-least\"\nthreshold = \"0.5\"\n";
    format!("{run}{MAKER}[peak_load]\n{peak}{criterion}{more}")
}

fn report(world: &World, out: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(world.path(out).join("report.json")).unwrap()).unwrap()
}

#[test]
fn a_run_plays_its_busiest_stretch_faster() {
    let world = World::new();
    world.write("own.toml", &scenario("lasts = \"5min\"\nwarm_up = \"5min\"\n", ""));
    let run = world.call(&["run", "own.toml", "--out", "out"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run.prints("Peak load: ");
    let report = report(&world, "out");
    let peak = &report["peak_load"];
    let pair = |key: &str| [0, 1].map(|place| peak[key][place].as_u64().unwrap());
    for key in ["busiest_second", "most_traded"] {
        let [before, after] = pair(key);
        assert!(0 < before && 2 * before <= after, "{key}: {before} and {after}");
    }
    assert!(peak["orders_sent"].as_u64().unwrap() > 0 && peak["failure"].is_null(), "{peak}");
    for (file, words) in
        [("report.html", "Peak load"), ("report.md", "Peak load"), ("report.xml", "twice its highest rates")]
    {
        assert!(fs::read_to_string(world.path("out").join(file)).unwrap().contains(words), "{file}");
    }
    world.call(&["verify", "out"]).expect(0);
    // The same once more has the same bytes, with another run on its tape as a scenario of its own.
    world.call(&["run", "own.toml", "--out", "again"]).expect(0);
    for file in ["report.json", "report.html"] {
        assert_eq!(
            fs::read(world.path("out").join(file)).unwrap(),
            fs::read(world.path("again").join(file)).unwrap(),
            "{file}"
        );
    }
    let manifest = fs::read_to_string(world.path("again/manifest.json")).unwrap();
    for key in ["orders_sent", "pace", "times", "messages"] {
        let (told, forged) =
            (format!("\"{key}\": {}", peak[key]), format!("\"{key}\": {}", peak[key].as_u64().unwrap() + 1));
        assert!(manifest.contains(&told), "{told}: {manifest}");
        fs::write(world.path("again/manifest.json"), manifest.replace(&told, &forged)).unwrap();
        let verified = world.call(&["verify", "again"]).expect(1);
        let said = format!("{}{}", verified.stdout, verified.stderr);
        assert!(said.contains("the peak load does not follow from"), "{key}: {said}");
    }
    // What is asked for and not there is no GO.
    let run = world.call(&["run", "own.toml", "--no-drills", "--out", "none"]).expect(4);
    assert!(run.stdout.contains("it is asked for, and was not played"), "{}", run.stdout);
}

/// In the closed loop, with a gateway: the peak is the market's tape; killed seeds of a campaign have theirs.
#[test]
fn a_market_that_answers_and_a_campaign_have_their_peaks() {
    let world = World::new();
    let flow =
        "[market.flow]\npreset = \"crypto-alt\"\nduration = \"20min\"\nclosed_loop = true\nbelievability = false\n";
    let text = scenario("lasts = \"5min\"\nwarm_up = \"5min\"\n", "[gateway]\npolicy = \"careful\"\n");
    world.write("own.toml", &text.replace("[market.synthetic]\nduration = \"40min\"\n", flow));
    world.call(&["run", "own.toml", "--out", "out"]);
    let peak = &report(&world, "out")["peak_load"];
    assert!(peak["messages"].as_u64().unwrap() > 100 && peak["failure"].is_null(), "{peak}");
    world.call(&["verify", "out"]).expect(0);
    let campaign = world.call(&["run", "own.toml", "--seeds", "1..2", "--out", "seeds"]);
    assert!(!campaign.stdout.contains("not played"), "{}{}", campaign.stdout, campaign.stderr);
}

#[test]
fn a_peak_that_is_none_is_too_little_and_one_at_which_something_breaks_is_no_go() {
    let world = World::new();
    let idle = scenario("lasts = \"5min\"\n", "").replace("interval = \"1s\"", "interval = \"35min\"");
    world.write("own.toml", &idle);
    let run = world.call(&["run", "own.toml", "--out", "short"]).expect(4);
    assert!(run.stdout.contains("the bot sent no order, warm-up included"), "{}", run.stdout);
    // Two seconds late, more quotes would take by the time they arrive where the market is faster.
    let late = "[venue.latency]\norder = \"2s\"\nreport = \"1s\"\n";
    let text = scenario("lasts = \"5min\"\nwarm_up = \"5min\"\n", late);
    world.write("own.toml", &text);
    world.call(&["run", "own.toml", "--out", "late"]).expect(0);
    let report = report(&world, "late");
    let figures = report["peak_load"]["figures"].as_array().unwrap();
    let at_peak: f64 = figures[0][1].as_str().unwrap().parse().unwrap();
    let taken = report["findings"].as_array().unwrap().iter().find(|finding| finding["name"] == "taken").unwrap();
    let in_run = taken["value"].as_f64().or_else(|| taken["value"].as_str()?.parse().ok()).unwrap();
    assert!(at_peak < in_run, "{at_peak} at the peak, {in_run} in the run");
    let between = format!("threshold = \"{:.6}\"", f64::midpoint(at_peak, in_run));
    world.write("own.toml", &text.replace("threshold = \"0.5\"", &between));
    let run = world.call(&["run", "own.toml", "--out", "broken"]).expect(1);
    assert!(run.stdout.contains("criterion “taken” does not hold"), "{}", run.stdout);
    let junit = fs::read_to_string(world.path("broken/report.xml")).unwrap();
    assert!(junit.contains("peak load"), "{junit}");
    world.call(&["verify", "broken"]).expect(0);
}

#[test]
fn a_peak_that_cannot_be_is_refused_with_its_place() {
    let world = World::new();
    let cases = [
        ("times = 0\n", "", "1 to 10"),
        ("times = 11\n", "", "1 to 10"),
        ("warm_up = \"2d\"\n", "", "0s to 1d"),
        ("lasts = \"10s\"\n", "", "1min to 1d"),
        ("lasts = \"2d\"\n", "", "1min to 1d"),
        ("tmies = 2\n", "", "did you mean `times`?"),
        ("", "[volatility]\nseeds = 1\n", "`[volatility]`"),
    ];
    for (peak, more, said) in cases {
        world.write("own.toml", &scenario(peak, more));
        world.call(&["run", "own.toml", "--out", "out"]).expect(2).says("own.toml:").says(said);
    }
    let flow = "[market.flow]\npreset = \"crypto-major\"\nduration = \"2h\"\nbars = \"1min\"\n";
    world.write("own.toml", &format!("mode = \"paper\"\n{flow}[peak_load]\n"));
    world.call(&["run", "own.toml", "--out", "out"]).expect(2).says("a tape of bars");
    assert!(!world.path("out").exists());
}

/// A peak is watched as the run is, by the same limits, and no byte of the report depends on it.
#[test]
fn a_peak_is_held_to_the_limits_of_the_run() {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: nothing is observed but on Linux");
        return;
    }
    let world = World::new();
    let peak = "lasts = \"5min\"\nwarm_up = \"5min\"\n";
    world.write("plain.toml", &scenario(peak, ""));
    world.write("own.toml", &scenario(peak, "[resources]\nstrategy_ms = 900\nrow_ms = 900\n"));
    world.call(&["run", "plain.toml", "--out", "plain"]).expect(0);
    let called = world.call(&["run", "own.toml", "--out", "out", "--json"]).expect(0);
    let object: Value = serde_json::from_str(&called.stdout).unwrap();
    assert_eq!(report(&world, "plain")["peak_load"], report(&world, "out")["peak_load"]);
    let record = fs::read_to_string(world.path("out/resources.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    let times = &record["observed"]["peak"];
    // Each second it asks for a quote, in five minutes that are played faster; its warm-up is not looked at.
    for part in ["calls", "judged", "stretches"] {
        assert!(times[part]["calls"].as_u64() > Some(0) && times[part]["max_ns"].as_u64() > Some(0), "{times}");
    }
    let page = fs::read_to_string(world.path("out/resources.html")).unwrap();
    assert!(page.contains("at the peak load"), "{page}");
    let findings = object["resources"]["findings"].as_array().unwrap();
    let at_peak = findings.iter().filter(|found| found["name"].as_str().unwrap().contains("at the peak load"));
    assert_eq!((findings.len(), at_peak.count()), (4, 2), "{object}");
}
