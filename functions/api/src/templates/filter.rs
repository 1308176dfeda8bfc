//! Which templates are asked for (S-07).

use model::Template;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::paging::Limit;

/// What to list. Filters are joined by "and" and do not mind case.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Meta's word (`PENDING`) or the label (`Submitted`).
    status: Option<String>,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    category: Option<String>,
    /// Exactly, as in `en_US`.
    language: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    quality: Option<String>,
    /// Part of the name or of the body text.
    q: Option<String>,
    /// Items on a page.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 50)]
    pub(super) limit: Limit,
    /// The `cursor` of the page before.
    pub(super) cursor: Option<String>,
}

/// One template.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    pub(super) name: String,
    /// Exactly, as in `en_US`.
    pub(super) language: String,
}

impl Filter {
    pub(super) fn wants(&self, template: &Template) -> bool {
        let is = |wanted: &Option<String>, given: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(given))
        };
        let status = is(&self.status, &template.status) || is(&self.status, template.label());
        let quality = is(&self.quality, template.quality.as_deref().unwrap_or("UNKNOWN"));
        status
            && quality
            && is(&self.category, &template.category)
            && is(&self.language, &template.language)
            && self.q.as_ref().is_none_or(|words| holds(template, words))
    }
}

fn holds(template: &Template, words: &str) -> bool {
    let words = words.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&words);
    has(&template.name) || body_of(template).is_some_and(|body| has(&body))
}

fn body_of(template: &Template) -> Option<String> {
    #[derive(Deserialize)]
    struct Component {
        #[serde(rename = "type", default)]
        kind: String,
        text: Option<String>,
    }
    let components: Vec<Component> = serde_json::from_str(template.components.get()).ok()?;
    components.into_iter().find(|component| component.kind.eq_ignore_ascii_case("BODY"))?.text
}
