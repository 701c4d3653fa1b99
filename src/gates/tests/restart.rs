use super::super::{GateEvent, GatesState};
use super::*;

pub fn reopened(gates: &Gates, config: &GateConfig) -> Gates {
    let text = serde_json::to_string(&gates.save()).unwrap();
    let state: GatesState = serde_json::from_str(&text).unwrap();
    assert_eq!(state, gates.save());
    let mut fresh = Gates::new(config, &instrument()).unwrap();
    fresh.restore(state);
    assert_eq!(digest(&fresh), digest(gates));
    fresh
}

fn digest(gates: &Gates) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    gates.digest(&mut hasher);
    hasher.finalize()
}

fn all() -> (Gates, GateConfig) {
    let config = GateConfig::default();
    (Gates::new(&config, &instrument()).unwrap(), config)
}

#[test]
fn a_restart_in_the_middle_of_a_day_forgets_no_loss() {
    let (mut gates, config) = all();
    marks(&mut gates, noon(0), &[1_000, 940, 940]);
    let mut gates = reopened(&gates, &config);
    assert_eq!(gates.trip_equity(), Some(Money::from_atto(950 * ATTO - 1)));
    // The third mark in a row, the first after the restart.
    let events = marks(&mut gates, noon(0).plus(SECOND.times(3)), &[940]);
    assert_eq!(events, [GateEvent::Tripped(refusal("daily_loss", 60 * ATTO, 50 * ATTO))]);
    let mut gates = reopened(&gates, &config);
    assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()).is_err());
    assert_eq!(marks(&mut gates, noon(1), &[940]).len(), 1);
}

#[test]
fn a_kill_survives_a_restart_and_so_does_what_it_wants_cancelled() {
    let (mut gates, config) = all();
    judge(&mut gates, Intent { client_order_id: ClientOrderId(5), ..limit(Side::Buy, 1, 100) }, &risk()).unwrap();
    gates.kill(noon(0), &mut Vec::new());
    let mut gates = reopened(&gates, &config);
    assert_eq!((gates.wants_cancel_all(), gates.cancel_up_to()), (true, Some(ClientOrderId(5))));
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Err(refusal("kill_switch", 1, 0)));
    gates.unkill(noon(0), &mut Vec::new());
    // A state without a kill takes it back, too.
    let calm = gates.save();
    gates.kill(noon(0), &mut Vec::new());
    gates.restore(calm);
    assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()), Ok(()));
}

#[test]
fn a_restart_forgets_no_order_of_the_burst() {
    let (mut gates, config) = all();
    let at = |second: i64| RiskView { now: noon(0).plus(SECOND.times(second)), ..risk() };
    // Thirteen orders in eighteen seconds: the ring has wrapped.
    for second in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13] {
        judge(&mut gates, limit(Side::Buy, 1, 100), &at(second)).unwrap();
    }
    let mut gates = reopened(&gates, &config);
    for (second, passes) in [(12, false), (13, true), (13, false), (14, true)] {
        assert_eq!(judge(&mut gates, limit(Side::Buy, 1, 100), &at(second)).is_ok(), passes, "{second}");
    }
    // A smaller limit after the restart keeps the newest.
    let mut tighter = config;
    tighter.order_burst = on(crate::gates::order_burst::Limits { orders: 2, window_ms: 10_000 });
    let mut fresh = Gates::new(&tighter, &instrument()).unwrap();
    fresh.restore(gates.save());
    assert!(judge(&mut fresh, limit(Side::Buy, 1, 100), &at(22)).is_err());
    assert!(judge(&mut fresh, limit(Side::Buy, 1, 100), &at(23)).is_ok());
}

#[test]
fn every_change_of_state_changes_the_digest() {
    let (mut gates, _) = all();
    let mut seen = vec![digest(&gates)];
    let mut step = |gates: &Gates| {
        let now = digest(gates);
        assert!(!seen.contains(&now), "step {}", seen.len());
        seen.push(now);
    };
    judge(&mut gates, limit(Side::Buy, 1, 100), &risk()).unwrap();
    step(&gates);
    let _ = judge(&mut gates, limit(Side::Buy, 1_000, 100), &risk()).unwrap_err();
    step(&gates);
    for equity in [1_000, 900, 900, 900] {
        gates.on_mark(
            &mark(noon(0).plus(SECOND.times(i64::from(equity == 900) + gates_marks(&gates))), equity),
            &mut vec![],
        );
        step(&gates);
    }
    gates.kill(noon(0), &mut Vec::new());
    step(&gates);
    gates.unkill(noon(0), &mut Vec::new());
    step(&gates);
}

/// Marks over the limit so far, so that the next one is later.
fn gates_marks(gates: &Gates) -> i64 {
    let state = serde_json::to_value(gates.save()).unwrap();
    state["list"]["daily_loss"]["gate"]["held"]["streak"]["over"].as_i64().unwrap_or(0)
}

#[test]
fn what_the_owner_moves_is_neither_lost_nor_forgotten_by_a_restart() {
    let text = |gate: &str| format!("[{gate}]\npercent = \"20\"\nconfirm_marks = 1");
    for gate in ["daily_loss", "drawdown", "total_loss"] {
        let (mut gates, config) = armed(&text(gate));
        gates.open(&mark(noon(0), 1_000));
        assert_eq!(marks(&mut gates, noon(0), &[900]), []);
        // In, and out again more: what may be lost stays 200 of the 1,000 that there were.
        for (amount, edge) in [(500, 1_300), (-800, 500)] {
            gates.allocated(Money::from_units(amount));
            assert_eq!(gates.trip_equity(), Some(Money::from_atto(edge * ATTO - 1)), "{gate}");
            gates = reopened(&gates, &config);
            assert_eq!(gates.trip_equity(), Some(Money::from_atto(edge * ATTO - 1)), "{gate} after a restart");
        }
        let plain = {
            let mut fresh = gates.clone();
            fresh.allocated(Money::from_units(300));
            let (mut plain, _) = armed(&text(gate));
            plain.open(&mark(noon(0), 1_000));
            marks(&mut plain, noon(0), &[900]);
            (digest(&fresh), digest(&plain))
        };
        assert_eq!(plain.0, plain.1, "{gate}: what came back leaves no trace");
        assert_eq!(marks(&mut gates, noon(0).plus(SECOND), &[500]), [], "{gate}: exactly the limit");
        let tripped = marks(&mut gates, noon(0).plus(SECOND.times(2)), &[499]);
        assert_eq!(tripped, [GateEvent::Tripped(refusal(gate, 201 * ATTO, 200 * ATTO))]);
        // A latch stays what it is, whatever is put in.
        gates.allocated(Money::from_units(10_000));
        assert!(judge(&mut gates, limit(Side::Buy, 1, 100), &risk()).is_err(), "{gate}");
    }
}
