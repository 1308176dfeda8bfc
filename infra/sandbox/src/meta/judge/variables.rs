//! `{{1}}` and `{{name}}` in template texts.

/// The variables of a text in the order of their first appearance.
pub(crate) fn of(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        let name = name.trim();
        if !name.is_empty() && !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
        rest = behind;
    }
    found
}

/// The text with every variable replaced.
pub(crate) fn fill(text: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        filled.push_str(before);
        filled.push_str(&value_of(name.trim()).unwrap_or_default());
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_and_fills() {
        assert_eq!(of("Hi {{1}}, {{ 2 }} and {{1}} {{"), ["1", "2"]);
        assert_eq!(fill("Hi {{who}}!", |name| (name == "who").then(|| "Ana".to_owned())), "Hi Ana!");
    }
}
