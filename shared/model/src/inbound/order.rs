//! `order`: a cart from the catalogue.

use serde_json::value::RawValue;

use crate::json::{Fields, items};
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    pub catalog_id: Option<String>,
    pub text: Option<String>,
    pub product_items: Vec<OrderItem>,
}

/// Numbers as Meta wrote them: a price that went through a float is another price.
#[derive(Clone, PartialEq, Eq)]
pub struct OrderItem {
    pub product_retailer_id: Option<String>,
    pub quantity: Option<String>,
    pub item_price: Option<String>,
    pub currency: Option<String>,
}

redacted_debug!(Order, OrderItem);

impl Order {
    pub(super) fn read(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let product_items: Option<Vec<_>> =
            items(fields.get("product_items")?)?.into_iter().map(OrderItem::read).collect();
        Some(Self {
            catalog_id: fields.literal("catalog_id"),
            text: fields.literal("text"),
            product_items: product_items?,
        })
    }
}

impl OrderItem {
    fn read(raw: &RawValue) -> Option<Self> {
        let item = Fields::parse(raw)?;
        Some(Self {
            product_retailer_id: item.literal("product_retailer_id"),
            quantity: item.literal("quantity"),
            item_price: item.literal("item_price"),
            currency: item.literal("currency"),
        })
    }
}
