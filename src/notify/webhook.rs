//! A POST of JSON to a program on this machine.

use super::message::Message;
use std::net::{IpAddr, ToSocketAddrs};
use std::time::Duration;
use ureq::Agent;
use ureq::http::Uri;

const HTTP: u16 = 80;

/// Posts one message and waits for the answer: confirmed by a status of 200 to 299. The header `Idempotency-Key` holds the message's id.
///
/// No redirect is followed and no proxy asked, whatever the environment says: nothing leaves this machine.
pub(super) fn post(url: &str, timeout: Duration, message: &Message) -> Result<(), String> {
    let (host, port) = loopback(url).map_err(|found| format!("{url}: {found}"))?;
    stays_here(&host, port).map_err(|found| format!("{url}: {found}"))?;
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .http_status_as_error(false)
        .build();
    let request = Agent::new_with_config(config).post(url);
    let request = request.header("Content-Type", "application/json").header("Idempotency-Key", &message.id);
    let answer = request.send(message.line()).map_err(|error| format!("{url}: {error}"))?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(format!("{url}: answered {status}")) }
}

/// Host and port of a URL that stays on this machine.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn loopback(url: &str) -> Result<(String, u16), String> {
    let uri: Uri = url.parse().map_err(|error| format!("no URL: {error}"))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some(scheme) => return Err(format!("scheme `{scheme}`")),
        None => return Err("no scheme".to_owned()),
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let is_here = host.parse().map_or(host == "localhost", |address: IpAddr| address.is_loopback());
    if !is_here {
        return Err(format!("host `{host}`"));
    }
    Ok((host, uri.port_u16().unwrap_or(HTTP)))
}

/// A name is what this machine takes it for.
fn stays_here(host: &str, port: u16) -> Result<(), String> {
    let found = (host, port).to_socket_addrs().map_err(|error| format!("`{host}` is not known: {error}"))?;
    match found.map(|address| address.ip()).find(|ip| !ip.is_loopback()) {
        Some(ip) => Err(format!("`{host}` is {ip}, which is not this machine")),
        None => Ok(()),
    }
}
