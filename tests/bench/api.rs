//! A Lambda Runtime API that takes the time: from the last byte of an event going out to the last byte of its answer
//! coming in (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

use std::collections::VecDeque;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::wire::{self, Wire};

/// An event in JSON.
pub(crate) type Event = Arc<[u8]>;

/// What became of an event.
pub(crate) struct Answer {
    /// Of the HTTP answer; 0 where the function failed.
    pub(crate) status: u16,
    /// The answer itself.
    pub(crate) body: Box<[u8]>,
    pub(crate) took: Duration,
}

/// The API of one process.
pub(crate) struct Api {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// How long an invocation may take.
    timeout: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Event>,
    polls: usize,
    polled: Option<Instant>,
    started: Option<Instant>,
    answers: Vec<Answer>,
    /// What the function said when it failed.
    failure: Option<String>,
}

impl Api {
    /// Whose invocations may take so long.
    pub(crate) fn start(timeout: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared { timeout, state: Mutex::default(), changed: Condvar::default() });
        let serving = Arc::clone(&shared);
        // Ends with the program: a thread that waits costs nothing.
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// When the function asked for an event for the `polls`th time; `None` where it has not after a minute.
    pub(crate) fn polled(&self, polls: usize) -> Option<Instant> {
        self.until(|state| state.polls >= polls).and_then(|state| state.polled)
    }

    /// Gives out the events one by one, each as soon as the function asks, and waits until it asks again after the last.
    pub(crate) fn run(&self, events: impl IntoIterator<Item = Event>) -> Result<Vec<Answer>, String> {
        let mut state = self.shared.state.lock().unwrap();
        state.waiting.extend(events);
        state.answers.clear();
        let wanted = state.waiting.len();
        let polls = state.polls + wanted;
        drop(state);
        self.shared.changed.notify_all();
        let done =
            self.until(|state| state.failure.is_some() || (state.answers.len() == wanted && state.polls >= polls));
        match done {
            Some(mut state) => match state.failure.take() {
                Some(failure) => Err(failure),
                None => Ok(std::mem::take(&mut state.answers)),
            },
            None => Err(String::from("no answer")),
        }
    }

    /// Waits, as long as the function asks for something once a minute.
    fn until(&self, done: impl Fn(&State) -> bool) -> Option<MutexGuard<'_, State>> {
        let mut state = self.shared.state.lock().unwrap();
        while !done(&state) {
            let polls = state.polls;
            let (woken, waited) = self.shared.changed.wait_timeout(state, Duration::from_mins(1)).unwrap();
            state = woken;
            if waited.timed_out() && state.polls == polls && !done(&state) {
                return None;
            }
        }
        Some(state)
    }
}

fn serve(stream: TcpStream, shared: &Shared) {
    // The function was killed: there is nobody left to tell.
    let _: io::Result<()> = stream.set_nodelay(true).and_then(|()| exchange(Wire::new(stream), shared));
}

fn exchange(mut wire: Wire<TcpStream>, shared: &Shared) -> io::Result<()> {
    let taken = wire::answer("202 Accepted", "content-type: application/json\r\n", b"{}");
    let mut id = 0_u64;
    while let Some(request) = wire.read()? {
        let arrived = Instant::now();
        let line = request.line();
        if line.starts_with("GET /2018-06-01/runtime/invocation/next ") {
            let event = next(shared, arrived);
            id += 1;
            let answer = wire::answer("200 OK", &headers(id, shared.timeout), &event);
            shared.state.lock().unwrap().started = Some(Instant::now());
            wire.write(&answer)?;
        } else {
            let answered = line.contains("/response ");
            settle(shared, arrived, answered, request.body);
            wire.write(&taken)?;
        }
    }
    Ok(())
}

/// Waits for an event to be there.
fn next(shared: &Shared, arrived: Instant) -> Event {
    let mut state = shared.state.lock().unwrap();
    state.polls += 1;
    state.polled = Some(arrived);
    loop {
        if let Some(event) = state.waiting.pop_front() {
            return event;
        }
        shared.changed.notify_all();
        state = shared.changed.wait(state).unwrap();
    }
}

fn settle(shared: &Shared, arrived: Instant, answered: bool, body: &[u8]) {
    let mut state = shared.state.lock().unwrap();
    let took = state.started.take().map_or(Duration::ZERO, |started| arrived - started);
    if answered {
        state.answers.push(Answer { status: status(body), body: body.into(), took });
    } else {
        state.failure = Some(String::from_utf8_lossy(body).into_owned());
        shared.changed.notify_all();
    }
}

fn headers(id: u64, timeout: Duration) -> String {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + timeout;
    format!(
        "content-type: application/json\r\n\
         lambda-runtime-aws-request-id: 00000000-0000-0000-0000-{id:012}\r\n\
         lambda-runtime-deadline-ms: {}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:000000000000:function:bench\r\n\
         lambda-runtime-trace-id: Root=1-00000000-000000000000000000000000;Sampled=0\r\n",
        deadline.as_millis()
    )
}

/// The number behind `"statusCode":`, wherever the function put it.
fn status(body: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(body);
    let after = text.split_once("\"statusCode\":").map_or("", |(_, after)| after.trim_start());
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}
