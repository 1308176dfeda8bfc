//! The sync of an account of 6,000 templates, with Meta 100 ms away (P7): calls, units, seconds, processor time and memory
//! of the release binary.
//!
//! Everything is checked before it is counted: all are stored, then nothing is written where nothing changed, and what
//! did change is.

use std::fs::File;
use std::time::Duration;

use model::WabaId;
use sandbox::meta::{Template, local as names};
use sandbox::{Proxy, ProxyOptions};
use serde_json::{Value, json};

use crate::machine;
use crate::process::Process;
use crate::report::{Section, short};
use crate::stats::{Samples, mebibytes, millis, number};
use crate::variant::Variant;
use crate::world::World;

const COUNT: usize = 6_000;
/// What a call to Meta takes (quality.md, P7).
const LATENCY_MS: u64 = 100;
/// As the template has it.
const TIMEOUT: Duration = Duration::from_mins(5);
/// Of those whose status changed in between.
const CHANGED: [usize; 3] = [7, 3_000, 5_999];

/// What one sync took.
struct Cost {
    /// Calls to Meta: for pages of templates, and all others.
    pages: usize,
    others: usize,
    aws: u32,
    written: u64,
    read_units: f64,
    write_units: f64,
    took: Duration,
    cpu: Duration,
    /// The most memory that the process has had until then.
    peak: u64,
}

struct Account {
    world: World,
    meta: Proxy,
}

pub(crate) fn measure(sync: &Variant, quick: bool) -> Section {
    eprintln!("syncing {COUNT} templates");
    let note = machine::note_of_others();
    let header = [
        "",
        "pages",
        "other calls to Meta",
        "templates written",
        "AWS requests",
        "read units",
        "write units",
        "s, min",
        "median",
        "CPU ms, min",
        "median",
        "peak MiB",
    ];
    let mut section = Section::new("Sync of 6,000 templates (P7)", &header);
    let (rounds, accounts) = if quick { (2, 1) } else { (7, 3) };
    let mut firsts: Vec<Cost> = Vec::new();
    let mut sames: Vec<Cost> = Vec::new();
    let mut strangers: Vec<Cost> = Vec::new();
    let mut changes: Vec<Cost> = Vec::new();
    for at in 0..accounts {
        let account = Account::start();
        let process = account.process(sync);
        firsts.push(account.sync(&process, 6_000));
        account.holds_all();
        for _ in 0..if at == 0 { rounds } else { 1 } {
            sames.push(account.sync(&process, 0));
        }
        for place in CHANGED {
            account.change(place);
        }
        changes.push(account.sync(&process, 3));
        process.end();
        // It knows nothing of the syncs before.
        let process = account.process(sync);
        strangers.push(account.sync(&process, 0));
        process.end();
        account.world.stop();
    }
    for (name, costs) in [
        ("the first", &firsts),
        ("nothing changed", &sames),
        ("nothing changed, a new process", &strangers),
        ("3 changed", &changes),
    ] {
        row(&mut section, name, costs);
    }
    goals(&mut section, "first", &firsts);
    sames.extend(strangers);
    goals(&mut section, "nothing changed", &sames);
    section.at_most("P7", "nothing changed: templates written", 0.0, most(&sames, written), "");
    section.at_most("P7", "nothing changed: read units", 80.0, most(&sames, |cost| cost.read_units), "");
    section.at_most("P7", "3 changed: templates written", 4.0, most(&changes, written), "");
    section.note(
        "Each call to Meta takes 100 ms, and a page names the next one, so 60 pages take 6 s whoever asks. Times hold the sandbox's own, which \
         shares the machine; of a process, the peak is of all its syncs so far. Counts are the most of all rounds. Beside templates, a sync \
         writes the record of itself.",
    );
    section.notes.extend(note);
    section
}

fn row(section: &mut Section, name: &str, costs: &[Cost]) {
    let (seconds, cpu) = (seconds(costs), cpu(costs));
    section.row([
        name.to_owned(),
        short(most(costs, |cost| number(cost.pages))),
        short(most(costs, |cost| number(cost.others))),
        short(most(costs, written)),
        short(most(costs, |cost| f64::from(cost.aws))),
        short(most(costs, |cost| cost.read_units)),
        short(most(costs, |cost| cost.write_units)),
        short(seconds.min()),
        short(seconds.median()),
        short(cpu.min()),
        short(cpu.median()),
        short(most(costs, |cost| mebibytes(cost.peak))),
    ]);
}

fn goals(section: &mut Section, name: &str, costs: &[Cost]) {
    section.at_most("P7", &format!("{name}: pages asked for"), 61.0, most(costs, |cost| number(cost.pages)), "");
    section.at_most("P7", &format!("{name}: median"), 7.0, seconds(costs).median(), "s");
    section.at_most("P7", &format!("{name}: CPU, median"), 250.0, cpu(costs).median(), "ms");
    section.at_most("P7", &format!("{name}: peak memory"), 64.0, most(costs, |cost| mebibytes(cost.peak)), "MiB");
}

fn seconds(costs: &[Cost]) -> Samples {
    Samples::new(costs.iter().map(|cost| cost.took.as_secs_f64()))
}

fn cpu(costs: &[Cost]) -> Samples {
    Samples::new(costs.iter().map(|cost| millis(cost.cpu)))
}

fn most(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    costs.iter().map(of).fold(0.0, f64::max)
}

fn written(cost: &Cost) -> f64 {
    f64::from(u32::try_from(cost.written).unwrap())
}

impl Account {
    fn start() -> Self {
        let world = World::start();
        assert!(world.meta().waba(names::WABA_ID, |waba| waba.templates = (0..COUNT).map(template).collect()));
        world.slow("/", LATENCY_MS);
        let toward = Proxy::start(&world.local.ready().meta, ProxyOptions::default());
        let meta = world.runtime.block_on(toward).unwrap();
        Self { world, meta }
    }

    /// One that has started: what it takes until it asks for work is measured elsewhere.
    fn process(&self, sync: &Variant) -> Process {
        let mut environment = self.world.environment(true);
        environment.insert("GRAPH_BASE_URL".to_owned(), self.meta.url());
        let log = File::create(machine::folder().join(format!("{}.log", sync.key))).unwrap();
        let process = Process::start_with(&[], sync, &environment, TIMEOUT, log);
        process.api.polled(1).expect("it asks for work");
        process
    }

    /// As the schedule calls it; it has to have written so many.
    fn sync(&self, process: &Process, writes: u64) -> Cost {
        self.world.proxy.reset();
        self.meta.reset();
        let before = process.cpu();
        let event = json!({"waypost": "sync"}).to_string().into_bytes().into();
        let answers = process.api.run([event]).expect("it answers");
        let cpu = process.cpu().saturating_sub(before);
        let answer: Value = serde_json::from_slice(&answers[0].body).unwrap();
        assert_eq!((&answer["wabas"], &answer["failed"]), (&json!(1), &json!(0)), "{answer}");
        let run = self.world.runtime.block_on(self.world.store.sync_run(&WabaId::new(names::WABA_ID))).unwrap();
        assert_eq!((run.listed, run.written, run.absent), (Some(6_000), Some(writes), Some(0)));
        let totals = self.world.proxy.totals();
        let calls = self.meta.records();
        let pages = calls.iter().filter(|record| record.path.ends_with("/message_templates")).count();
        Cost {
            pages,
            others: calls.len() - pages,
            aws: totals.requests,
            written: writes,
            read_units: totals.read_units,
            write_units: totals.write_units,
            took: answers[0].took,
            cpu,
            peak: process.peak(),
        }
    }

    /// What was written is there, as Meta has it.
    fn holds_all(&self) {
        let stored = self.world.runtime.block_on(self.world.store.templates(&WabaId::new(names::WABA_ID))).unwrap();
        let stored: Vec<&str> = stored.iter().map(|template| template.name.as_str()).collect();
        let wanted: Vec<String> = (0..COUNT).map(name).collect();
        assert_eq!(stored, wanted, "every template is stored");
    }

    fn change(&self, place: usize) {
        let changed = |template: &mut Template| drop(template.node.insert("status".to_owned(), "PAUSED".into()));
        assert!(self.world.meta().waba(names::WABA_ID, |waba| changed(&mut waba.templates[place])));
    }
}

fn name(place: usize) -> String {
    format!("order_{place:04}")
}

/// Of an ordinary size: header, body, footer, button.
fn template(place: usize) -> Template {
    let text = format!(
        "Hi {{{{1}}}}, your order {place} of the spring collection has left our house. It will be with you soon."
    );
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Your order"},
        {"type": "BODY", "text": text, "example": {"body_text": [["Ana"]]}},
        {"type": "FOOTER", "text": "Demo Shop"},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Follow it", "url": "https://shop.example/orders"}]},
    ]);
    Template::new(&format!("9{place:014}"), &name(place), "en_US", "UTILITY", components)
}
