//! Panics of a reader that is not ours, caught without a word on the screen.

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, Thread, ThreadId};

/// Threads that are inside [`caught`], once for each call.
static READING: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());

/// How polars calls the threads of its pool, unless the environment names them otherwise: then they are heard.
const POOL: &str = "polars-";

/// What `read` returns, or what it panicked with. Meanwhile nothing is heard of panics on this thread and on those of polars'
/// pool; those of other threads go where they always went.
pub(super) fn caught<T>(read: impl FnOnce() -> T) -> thread::Result<T> {
    static INSTALLED: Once = Once::new();
    // The hook belongs to the whole process. It is put in once and stays: taking it out again could take out another's.
    INSTALLED.call_once(pass_on_what_is_heard);
    let this = thread::current().id();
    reading().push(this);
    let caught = catch_unwind(AssertUnwindSafe(read));
    let mut reading = reading();
    if let Some(place) = reading.iter().position(|reader| *reader == this) {
        reading.swap_remove(place);
    }
    caught
}

fn reading() -> MutexGuard<'static, Vec<ThreadId>> {
    READING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts a hook before the one there is.
fn pass_on_what_is_heard() {
    let former = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let is_silent = is_silent(&thread::current(), &reading());
        if !is_silent {
            former(panic);
        }
    }));
}

/// True for a thread whose panics end in [`caught`], while `reading` are inside it.
fn is_silent(thread: &Thread, reading: &[ThreadId]) -> bool {
    let is_pool = thread.name().is_some_and(|name| name.starts_with(POOL));
    reading.contains(&thread.id()) || (is_pool && !reading.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// A thread of that name that panics, and is waited for.
    fn panicking(name: &str) {
        let panicking = thread::Builder::new().name(name.to_owned()).spawn(|| panic!("on purpose"));
        assert!(panicking.unwrap().join().is_err());
    }

    #[test]
    fn other_threads_are_heard() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (hook, former) = (heard.clone(), panic::take_hook());
        let names = ["silence-other", "polars-0", "silence-reader"];
        panic::set_hook(Box::new(move |panic| match thread::current().name() {
            Some(name) if names.contains(&name) => hook.lock().unwrap().push(name.to_owned()),
            _ => former(panic),
        }));
        pass_on_what_is_heard();
        let read = || {
            panicking("silence-other");
            panicking("polars-0");
            panic!("on purpose")
        };
        let reader =
            thread::Builder::new().name("silence-reader".to_owned()).spawn(move || caught::<()>(read).is_err());
        assert!(reader.unwrap().join().unwrap(), "the panic ends here");
        assert_eq!(*heard.lock().unwrap(), ["silence-other"]);
        panicking("silence-reader");
        assert_eq!(*heard.lock().unwrap(), ["silence-other", "silence-reader"], "silent no longer than it reads");
    }
}
