use crate::strategy::{Description, Strategy, Subscriptions};

/// Watches and never trades: the control case, and the measure of a replay's own cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct DoNothing;

impl Strategy for DoNothing {
    fn describe(&self) -> Description {
        Description { name: "do-nothing".to_owned(), parameters: Vec::new() }
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions::default()
    }

    fn save(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn restore(&mut self, _state: &serde_json::Value) -> Result<(), String> {
        Ok(())
    }
}
