//! Messages about products of a catalog, and the sections that a template's `mpm` button has too.

use crate::limits;
use crate::outbound::Invalid;
use crate::outbound::place::Object;

pub(super) fn one(action: &Object<'_>) -> Result<(), Invalid> {
    action.required_literal("catalog_id")?;
    action.required_literal("product_retailer_id").map(drop)
}

pub(super) fn list(action: &Object<'_>) -> Result<(), Invalid> {
    action.required_literal("catalog_id")?;
    sections(action)
}

pub(super) fn catalog(action: &Object<'_>) -> Result<(), Invalid> {
    super::action::name(action, "catalog_message")?;
    match action.optional_object("parameters")?.and_then(|given| given.optional("thumbnail_product_retailer_id")) {
        Some(thumbnail) => thumbnail.literal().map(drop),
        None => Ok(()),
    }
}

pub(in super::super) fn sections(action: &Object<'_>) -> Result<(), Invalid> {
    let place = action.required("sections")?;
    let sections = place.list_within(&limits::PRODUCT_SECTIONS)?;
    let mut items = 0;
    for section in &sections {
        let section = section.object()?;
        title(&section, sections.len())?;
        for item in section.required("product_items")?.list()? {
            item.object()?.required_literal("product_retailer_id")?;
            items += 1;
        }
    }
    place.total(&limits::PRODUCT_ITEMS, items)
}

/// A section needs a title where there are others.
pub(super) fn title(section: &Object<'_>, sections: usize) -> Result<(), Invalid> {
    match section.optional("title") {
        Some(title) if sections > 1 => title.filled_within(&limits::SECTION_TITLE).map(drop),
        Some(title) => title.text_within(&limits::SECTION_TITLE).map(drop),
        None if sections > 1 => Err(section.invalid("title", "is required where there is more than one section")),
        None => Ok(()),
    }
}
