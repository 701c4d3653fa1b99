//! Bodies of replies: where a venue's code and message stand in them, as the templates of its profile say. What is written by a template is
//! read by it.

use super::{VenueReplies, VenueReply};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A response as it comes over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawReply {
    /// Its status.
    pub status: u16,
    /// Its headers: names in any case, and values.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl RawReply {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What a body says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// It is JSON.
    pub is_json: bool,
    /// The venue's code; empty where there is none.
    pub code: String,
    /// Its message; empty where there is none.
    pub message: String,
    /// It says by itself that all is well.
    pub is_success: bool,
}

const CODE: &str = "{code}";
const PREVIEW_CODE: &str = "{preview_code}";
const MESSAGE: &str = "{message}";

/// What a page says that is no venue's: what stands in front of it has answered.
fn page(status: u16, message: &str) -> String {
    let title = if message.is_empty() { status.to_string() } else { format!("{status} {message}") };
    format!("<!DOCTYPE html><html><head><title>{title}</title></head><body></body></html>")
}

impl VenueReplies {
    /// Templates of bodies by name: `body`, and others where some replies have other ones.
    fn templates(&self) -> BTreeMap<&str, Value> {
        let is_body = |name: &str| name == "body" || name.starts_with("body_");
        let texts = self.shape.iter().filter(|(name, _)| is_body(name));
        texts.filter_map(|(name, text)| Some((name.as_str(), template(text.as_str()?)?))).collect()
    }

    /// A reply that is a body of its own has this one; nothing where it stands in an ordinary reply.
    fn template_of(&self, reply: &VenueReply) -> Option<Value> {
        let name = reply.body.as_deref().unwrap_or("body");
        self.templates().remove(name).filter(|_| !reply.ordinary)
    }

    /// A page of HTML answers where the source names neither code nor message, and wherever a firewall does.
    fn is_page(reply: &VenueReply) -> bool {
        reply.condition == "firewall" || reply.code.is_empty() && reply.message.is_empty()
    }

    /// The body of a reply, with this message in place of its own; nothing where it stands in an ordinary reply.
    #[must_use]
    pub fn body(&self, reply: &VenueReply, message: &str) -> Option<String> {
        let template = self.template_of(reply)?;
        if Self::is_page(reply) {
            return Some(page(reply.http_status.unwrap_or(403), message));
        }
        let is_preview = reply.code.starts_with("PREVIEW_");
        let is_number = self.shape.get("code_type").is_some_and(|kind| kind.as_str() == Some("integer"));
        let number = reply.code.parse::<i64>().ok().filter(|_| is_number).map(Value::from);
        let code = number.unwrap_or_else(|| Value::from(reply.code.as_str()));
        let code = Some(code).filter(|_| !reply.code.is_empty());
        let filled = [
            (CODE, code.clone().filter(|_| !is_preview)),
            (PREVIEW_CODE, code.filter(|_| is_preview)),
            (MESSAGE, Some(Value::from(message))),
        ];
        Some(fill(template, &filled).unwrap_or_default().to_string())
    }

    /// Where code and message stand in the reply, in a few words.
    #[must_use]
    pub fn shape_of(&self, reply: &VenueReply) -> String {
        let Some(template) = self.template_of(reply) else {
            return "no error reply: it stands in an ordinary one".to_owned();
        };
        if Self::is_page(reply) {
            return "a page that is no JSON".to_owned();
        }
        let code = if reply.code.starts_with("PREVIEW_") { PREVIEW_CODE } else { CODE };
        let place = |marker: &str| pointers(&template, marker).into_iter().next();
        let code = place(code).filter(|_| !reply.code.is_empty()).map(|at| format!("code at {at}"));
        let message = place(MESSAGE).map(|at| format!("message at {at}"));
        let places: Vec<String> = code.into_iter().chain(message).collect();
        format!("JSON, {}", places.join(", "))
    }

    /// What a body says, whichever of the venue's templates it is made by.
    #[must_use]
    pub fn said(&self, body: &str) -> Said {
        let Ok(value) = serde_json::from_str::<Value>(body) else { return Said::default() };
        let templates = self.templates();
        // Several results of one request stand side by side, some of them done.
        let texts = |marker: &str| {
            let places = templates.values().flat_map(|template| pointers(template, marker));
            let said = places.flat_map(|at| everywhere(&value, &at)).filter(|(_, within)| !says_success(within));
            said.filter_map(|(leaf, _)| text(leaf)).filter(|text| !text.is_empty()).collect::<Vec<_>>()
        };
        let codes = [texts(CODE), texts(PREVIEW_CODE)].concat();
        let messages = texts(MESSAGE);
        // A code of zero is none. Where there are no codes a warning is no error.
        let code = codes.iter().find(|code| !matches!(code.as_str(), "0" | "200"));
        let is_error = |message: &&String| !codes.is_empty() || !message.starts_with('W');
        let is_success = says_success(&value)
            || code.is_none() && (!codes.is_empty() || !messages.iter().any(|message| is_error(&message)));
        let message = messages.iter().find(is_error).or(messages.first()).cloned().unwrap_or_default();
        let code = code.or(codes.first()).cloned().unwrap_or_default();
        Said { is_json: true, is_success, code, message }
    }
}

fn says_success(value: &Value) -> bool {
    value.get("success") == Some(&Value::Bool(true))
}

/// What stands at a pointer, and what it stands in; where the pointer names the first item of an array, the same of all its items.
fn everywhere<'v>(value: &'v Value, pointer: &str) -> Vec<(&'v Value, &'v Value)> {
    let Some((name, rest)) = pointer.strip_prefix('/').map(|path| path.split_once('/').unwrap_or((path, ""))) else {
        return Vec::new();
    };
    let next: Vec<&Value> = match value {
        Value::Array(items) if name == "0" => items.iter().collect(),
        Value::Array(_) => Vec::new(),
        other => other.get(name).into_iter().collect(),
    };
    if rest.is_empty() {
        return next.into_iter().map(|leaf| (leaf, value)).collect();
    }
    let rest = format!("/{rest}");
    next.into_iter().flat_map(|next| everywhere(next, &rest)).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A template as a tree, its markers as strings.
fn template(text: &str) -> Option<Value> {
    let quoted = |text: String, marker: &str| {
        let bare = text.replace(&format!("\"{marker}\""), "\u{0}");
        bare.replace(marker, &format!("\"{marker}\"")).replace('\u{0}', &format!("\"{marker}\""))
    };
    let text = text.replace("{now_ms}", "0").replace("{...}", "{}");
    let text = [CODE, PREVIEW_CODE].into_iter().fold(text, quoted);
    serde_json::from_str(&text).ok()
}

/// Puts values in the places of markers; what has none is left out.
fn fill(template: Value, values: &[(&str, Option<Value>)]) -> Option<Value> {
    match template {
        Value::String(text) => match values.iter().find(|(marker, _)| *marker == text) {
            Some((_, value)) => value.clone(),
            None => Some(Value::String(text)),
        },
        Value::Array(items) => Some(items.into_iter().filter_map(|item| fill(item, values)).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter().filter_map(|(name, value)| Some((name, fill(value, values)?)));
            Some(Value::Object(fields.collect::<Map<_, _>>()))
        }
        other => Some(other),
    }
}

/// Where a marker stands in a template.
fn pointers(template: &Value, marker: &str) -> Vec<String> {
    let within = |(name, value): (String, &Value)| {
        pointers(value, marker).into_iter().map(|rest| format!("/{name}{rest}")).collect::<Vec<_>>()
    };
    match template {
        Value::String(text) if text == marker => vec![String::new()],
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(place, item)| within((place.to_string(), item))).collect()
        }
        Value::Object(fields) => fields.iter().flat_map(|(name, value)| within((name.clone(), value))).collect(),
        _ => Vec::new(),
    }
}
