//! infra/docs/cost.md: its sums add up, its prices are the benchmark's, and its units what the benchmark counted.

const REPORT: &str = include_str!("../../../../../tests/bench/REPORT.md");
const PRICES: &str = include_str!("../../../../../tests/bench/outbound/prices.rs");

/// The rows of a table, by its heading.
fn rows(text: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, table) = text.split_once(heading).unwrap_or_else(|| panic!("no table {heading}"));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().replace("**", "")).collect();
    table.lines().skip(2).take_while(|line| line.starts_with('|')).map(cells).collect()
}

fn number(text: &str) -> f64 {
    text.replace(',', "").parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

/// To a cent.
fn is_about(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.0101
}

/// Dollars for a million, by what the page calls it.
fn a_million() -> Vec<(String, f64, Vec<Vec<String>>)> {
    let mut groups: Vec<(String, f64, Vec<Vec<String>>)> = Vec::new();
    for row in rows(&super::read("cost.md"), "| a million | units each | price of a million | dollars |") {
        if row[1].is_empty() {
            groups.push((row[0].clone(), number(&row[3]), Vec::new()));
        } else {
            groups.last_mut().unwrap().2.push(row);
        }
    }
    groups
}

fn of(what: &str) -> f64 {
    a_million().into_iter().find(|(name, ..)| name.starts_with(what)).unwrap_or_else(|| panic!("{what}")).1
}

#[test]
fn the_sums_add_up_at_the_benchmarks_prices() {
    for (name, total, parts) in a_million() {
        for part in &parts {
            let (units, price) = (number(&part[1]), number(&part[2]));
            assert!(is_about(units * price, number(&part[3])), "{part:?}");
            let what = part[0].split(':').next().unwrap();
            let listed = PRICES.lines().any(|line| {
                line.contains(&format!("price(\"{what}\", "))
                    && line.contains(&format!(", {}", part[2].trim_end_matches('0')))
            });
            assert!(listed, "{what} at {} is not what the benchmark takes", part[2]);
        }
        let sum: f64 = parts.iter().map(|part| number(&part[1]) * number(&part[2])).sum();
        assert!(parts.is_empty() || is_about(sum, total), "{name}: {sum} and not {total}");
    }
    let month = rows(&super::read("cost.md"), "| | messages | dollars a million | dollars |");
    let (last, parts) = month.split_last().unwrap();
    for part in parts.iter().filter(|part| !part[1].is_empty()) {
        let dollars = number(&part[1]) / 1e6 * number(&part[2]);
        assert!(is_about(dollars, number(&part[3])), "{part:?}: {dollars}");
        assert!(
            is_about(number(&part[2]), of(if part[0] == "statuses" { "three statuses" } else { &part[0] })),
            "{part:?}"
        );
    }
    let sum: f64 = parts.iter().map(|part| number(&part[3])).sum();
    assert!(is_about(sum, number(&last[3])), "{sum}");
}

/// Nobody's bill is higher than the page says, nor half as high: a run of the benchmark that counts less may wait for its
/// page, one that counts more may not.
#[test]
fn the_units_are_those_that_were_counted() {
    let dollars = rows(REPORT, "|  | a message | $ a million |");
    let counted = |what: &str| {
        let row = dollars.iter().find(|row| row[0] == what).unwrap_or_else(|| panic!("{what} is not in the report"));
        number(&row[2])
    };
    for (page, report) in [("sent", "sending, together"), ("three statuses", "three statuses, together")] {
        let (here, there) = (of(page), counted(report));
        assert!((0.99..1.5).contains(&(here / there)), "{page}: {here} here, {there} in the report");
    }
    let posts = REPORT.lines().find_map(|line| line.strip_prefix("| 1 change, known |")).unwrap();
    let posts: Vec<&str> = posts.split('|').map(str::trim).collect();
    let received = a_million().into_iter().find(|(name, ..)| name.starts_with("received")).unwrap().2;
    let units = |what: &str| number(&received.iter().find(|row| row[0].starts_with(what)).unwrap()[1]);
    assert_eq!((units("DynamoDB write units"), number(posts[5])), (number(posts[6]), 0.0), "{posts:?}");
}
