//! Meta's error objects (contract §4.1): in webhooks and in Graph answers, under several shapes.

use serde_json::value::RawValue;

use crate::json::{Fields, items, literal, text};

#[derive(Clone)]
pub struct MetaError {
    /// What to branch on. -1 where Meta gave none.
    pub code: i64,
    pub title: Option<String>,
    pub message: Option<String>,
    /// More exact than title and message, which differ between Meta's pages and its wire.
    pub details: Option<String>,
    pub href: Option<String>,
    pub fbtrace_id: Option<String>,
    /// The only discriminator of template and onboarding errors, whose code is a bare 100.
    pub subcode: Option<i64>,
    pub raw: Box<RawValue>,
}

impl MetaError {
    /// `None` where `raw` is no object.
    pub fn parse(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse_any(raw)?;
        Some(Self {
            code: number(&fields, "code").unwrap_or(-1),
            title: fields.text("title").or_else(|| fields.text("error_user_title")),
            message: fields.text("message"),
            details: details(&fields),
            href: fields.text("href"),
            fbtrace_id: fields.text("fbtrace_id"),
            subcode: number(&fields, "error_subcode"),
            raw: raw.to_owned(),
        })
    }

    /// Every object of an `errors` array.
    pub fn parse_all(raw: &RawValue) -> Vec<Self> {
        items(raw).unwrap_or_default().into_iter().filter_map(Self::parse).collect()
    }
}

/// Texts may quote what a person wrote or dialled.
impl std::fmt::Debug for MetaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MetaError({}, {:?})", self.code, self.subcode)
    }
}

fn number(fields: &Fields<'_>, name: &str) -> Option<i64> {
    fields.get(name).and_then(literal)?.parse().ok()
}

/// `error_data` is an object, a string of JSON or a plain string; old bodies have `details` on the error itself.
fn details(fields: &Fields<'_>) -> Option<String> {
    let Some(data) = fields.get("error_data") else { return fields.text("details") };
    let inner = |raw: &RawValue| Fields::parse_any(raw).and_then(|data| data.text("details"));
    match text(data) {
        Some(plain) => match serde_json::from_str::<&RawValue>(&plain).ok().and_then(inner) {
            Some(details) => Some(details),
            None => Some(plain),
        },
        None => inner(data).or_else(|| fields.text("details")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> MetaError {
        MetaError::parse(serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn details_are_found_wherever_meta_puts_them() {
        for json in [
            r#"{"code":131047,"title":"t","error_data":{"details":"late"}}"#,
            r#"{"code":"131047","error_data":"late"}"#,
            r#"{"code":131047,"error_data":"{\"details\":\"late\"}"}"#,
            r#"{"code":131047,"details":"late"}"#,
            r#"{"code":131047,"details":"late","error_data":{"blame_field_specs":[]}}"#,
        ] {
            let error = parse(json);
            assert_eq!((error.code, error.details.as_deref()), (131_047, Some("late")), "{json}");
        }
    }

    #[test]
    fn an_error_may_say_almost_nothing() {
        let error = parse(r#"{"message":"gone","error_subcode":2494055,"fbtrace_id":"AbC"}"#);
        assert_eq!((error.code, error.subcode), (-1, Some(2_494_055)));
        assert_eq!(error.message.as_deref(), Some("gone"));
        assert!(MetaError::parse(serde_json::from_str("[]").unwrap()).is_none());
        let many = r#"[{"code":1},null,{"code":2}]"#;
        assert_eq!(MetaError::parse_all(serde_json::from_str(many).unwrap()).len(), 2);
    }
}
