//! The buttons of a template.

use crate::meta::graph_error::GraphError;
use crate::meta::judge::shape::Object;
use crate::meta::judge::variables;

use super::{long, refuse};

pub(super) fn check(buttons: &[Object<'_>]) -> Result<(), GraphError> {
    let mut kinds = Vec::new();
    for button in buttons {
        let kind = button.text("type")?.to_ascii_uppercase();
        let label = button.text_opt("text")?.unwrap_or_default();
        long(label, 25, "label of a button")?;
        match kind.as_str() {
            "QUICK_REPLY" | "PHONE_NUMBER" | "URL" if label.is_empty() => {
                return Err(GraphError::missing(&button.path("text")));
            }
            "PHONE_NUMBER" => {
                button.text_max("phone_number", 20)?;
            }
            "URL" => url(button)?,
            _ => {}
        }
        kinds.push(kind);
    }
    for (kind, most) in [("URL", 2), ("PHONE_NUMBER", 1), ("COPY_CODE", 1), ("FLOW", 1), ("CATALOG", 1), ("MPM", 1)] {
        if kinds.iter().filter(|other| *other == kind).count() > most {
            return Err(GraphError::new(100).details(format!("A template may have {most} buttons of type {kind}.")));
        }
    }
    // Quick replies stand together: all before or all after the others.
    let changes = kinds.windows(2).filter(|two| (two[0] == "QUICK_REPLY") != (two[1] == "QUICK_REPLY")).count();
    if changes > 1 {
        return Err(GraphError::new(100).details("Quick replies must stand together."));
    }
    Ok(())
}

fn url(button: &Object<'_>) -> Result<(), GraphError> {
    let url = button.text_max("url", 2000)?;
    let variables = variables::of(url);
    if variables.len() > 1 || (variables.len() == 1 && !url.trim_end().ends_with("}}")) {
        return Err(GraphError::param(&button.path("url"), "may have one variable, at its end"));
    }
    let has_sample = button.list_opt("example")?.is_some_and(|example| !example.is_empty());
    if !variables.is_empty() && !has_sample {
        return Err(refuse(2_388_043, "A URL with a variable needs an example."));
    }
    Ok(())
}
