//! `{{1}}` and `{{name}}` in the texts of a template.

/// Those of a text, each once, in the order of their first appearance.
pub(super) fn of(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    each(text, |part| {
        if let Part::Placeholder(name) = part
            && !name.is_empty()
            && !found.iter().any(|known| known == name)
        {
            found.push(name.to_owned());
        }
    });
    found
}

/// Characters of the text once each placeholder is replaced by a value with so many.
pub(super) fn filled_chars(text: &str, chars_of: impl Fn(&str) -> usize) -> usize {
    let mut count = 0;
    each(text, |part| {
        count += match part {
            Part::Words(words) => words.chars().count(),
            Part::Placeholder(name) => chars_of(name),
        }
    });
    count
}

pub(super) enum Part<'t> {
    Words(&'t str),
    Placeholder(&'t str),
}

/// Its words and placeholders in their order. Braces that do not close are words.
pub(super) fn each<'t>(text: &'t str, mut take: impl FnMut(Part<'t>)) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{")
        && let Some((name, behind)) = after.split_once("}}")
    {
        take(Part::Words(before));
        take(Part::Placeholder(name.trim()));
        rest = behind;
    }
    take(Part::Words(rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_once_and_counted_wherever_it_stands() {
        let text = "Hi {{1}}, {{ 2 }} and {{1}} {{";
        assert_eq!(of(text), ["1", "2"]);
        assert_eq!(
            filled_chars(text, |name| if name == "1" { 3 } else { 10 }),
            "Hi , and  {{".chars().count() + 1 + 16
        );
        assert!(of("{{}} {{ no").is_empty());
    }
}
