//! Mutations that a seed alone decides.

/// SplitMix64: small, and the same for ever.
pub(super) struct Random(u64);

/// What fuzzers stumble over sooner when they know it.
const WORDS: [&str; 36] = [
    "\"entry\"",
    "\"changes\"",
    "\"field\"",
    "\"messages\"",
    "\"statuses\"",
    "\"contacts\"",
    "\"metadata\"",
    "\"phone_number_id\"",
    "\"value\"",
    "\"id\"",
    "\"type\"",
    "\"text\"",
    "\"errors\"",
    "null",
    "true",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "\\",
    "\\ud800",
    "\\u0000",
    "1e400",
    "-0",
    "99999999999999999999",
    "{\"S\":\"x\"}",
    "{\"N\":\"x\"}",
    "{\"NULL\":true}",
    "hub.mode=subscribe",
    "hub.challenge=1",
    "&",
    "%00",
    "sha256=",
];

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }
}

/// One of the corpus, changed in one place to eight.
pub(super) fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(8) {
        let (from, to) = part(&data, random);
        match random.below(7) {
            0 if !data.is_empty() => {
                let at = random.below(data.len());
                data[at] = random.next().to_le_bytes()[0];
            }
            1 if !data.is_empty() => {
                let at = random.below(data.len());
                data[at] ^= 1 << random.below(8);
            }
            2 => drop(data.drain(from..to)),
            3 => {
                let copy = data[from..to].to_vec();
                insert(&mut data, &copy, random);
            }
            4 => insert(&mut data, WORDS[random.below(WORDS.len())].as_bytes(), random),
            5 => {
                let other = &corpus[random.below(corpus.len())];
                let (from, to) = part(other, random);
                insert(&mut data, &other[from..to], random);
            }
            _ => {
                let word = WORDS[random.below(WORDS.len())].bytes();
                data.splice(from..to, word);
            }
        }
        data.truncate(20_000);
    }
    data
}

fn part(data: &[u8], random: &mut Random) -> (usize, usize) {
    let from = random.below(data.len() + 1);
    let to = (from + random.below(64)).min(data.len());
    (from, to)
}

fn insert(data: &mut Vec<u8>, what: &[u8], random: &mut Random) {
    let at = random.below(data.len() + 1);
    data.splice(at..at, what.iter().copied());
}
