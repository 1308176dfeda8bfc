//! `template` (contract §2.4). Whether it exists in that language, is approved and has those parameters is for the
//! stored template to say.

use super::Invalid;
use super::media::Media;
use super::place::{Object, Place};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSend {
    pub name: String,
    /// Must match an approved one exactly: `en` is not `en_US`.
    pub language: String,
}

impl TemplateSend {
    pub(super) fn read(template: &Object<'_>) -> Result<Self, Invalid> {
        let send = Self {
            name: template.required("name")?.filled_text()?,
            language: template.required("language")?.object()?.required("code")?.filled_text()?,
        };
        if let Some(components) = template.optional("components") {
            components_of(&components)?;
        }
        Ok(send)
    }
}

fn components_of(components: &Place<'_>) -> Result<(), Invalid> {
    for place in components.elements()? {
        let component = place.object()?;
        let kind = component.required("type")?.filled_text()?;
        match kind.to_ascii_lowercase().as_str() {
            "button" => {
                component.required("sub_type")?.filled_text()?;
                component.required("index")?.literal()?;
            }
            "carousel" => {
                for card in component.required("cards")?.list()? {
                    components_of(&card.object()?.required("components")?)?;
                }
            }
            _ => {}
        }
        if let Some(parameters) = component.optional("parameters") {
            for parameter in parameters.elements()? {
                parameter_of(&parameter.object()?)?;
            }
        }
    }
    Ok(())
}

fn parameter_of(parameter: &Object<'_>) -> Result<(), Invalid> {
    let kind = parameter.required("type")?.filled_text()?;
    match kind.as_str() {
        "text" => parameter.required("text")?.filled_text().map(drop),
        "image" | "video" | "document" => Media::read(&parameter.required(&kind)?.object()?).map(drop),
        _ => Ok(()),
    }
}
