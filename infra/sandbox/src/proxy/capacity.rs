//! Consumed capacity, as DynamoDB's answers tell it.

use serde_json::Value;

/// Read and write units, those of the indexes among them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Units {
    pub(super) read: f64,
    pub(super) write: f64,
    /// Of the above, what was spent on indexes. Told only to who asks for `INDEXES`.
    pub(super) index: f64,
}

/// Sums `ConsumedCapacity` of an answer. DynamoDB gives one number per table; whether it was spent on reading or
/// writing follows from the operation, and with PartiQL from the statement.
pub(super) fn consumed(operation: &str, request: &[u8], answer: &[u8]) -> Units {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return Units::default() };
    let tables = match answer.get("ConsumedCapacity") {
        Some(Value::Array(tables)) => tables.as_slice(),
        Some(table) => std::slice::from_ref(table),
        None => return Units::default(),
    };
    let total: f64 = tables.iter().filter_map(|table| table.get("CapacityUnits")?.as_f64()).sum();
    let index = tables.iter().flat_map(index_units).sum();
    if reads(operation, request) {
        Units { read: total, write: 0.0, index }
    } else {
        Units { read: 0.0, write: total, index }
    }
}

fn index_units(table: &Value) -> Vec<f64> {
    ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
        .iter()
        .filter_map(|kind| table.get(kind)?.as_object())
        .flat_map(|indexes| indexes.values().filter_map(|index| index.get("CapacityUnits")?.as_f64()))
        .collect()
}

fn reads(operation: &str, request: &[u8]) -> bool {
    match operation {
        "GetItem" | "BatchGetItem" | "TransactGetItems" | "Query" | "Scan" => true,
        "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction" => {
            let Ok(request) = serde_json::from_slice::<Value>(request) else { return false };
            // A batch is either all reads or all writes.
            let statement = request
                .get("Statement")
                .or_else(|| request.pointer("/Statements/0/Statement"))
                .or_else(|| request.pointer("/TransactStatements/0/Statement"));
            statement
                .and_then(Value::as_str)
                .and_then(|text| text.split_whitespace().next())
                .is_some_and(|verb| verb.eq_ignore_ascii_case("SELECT"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_summed_and_told_apart() {
        let one = br#"{"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 1.5}}"#;
        let two = br#"{"ConsumedCapacity": [{"CapacityUnits": 1.0}, {"CapacityUnits": 2.0}]}"#;
        assert_eq!(consumed("Query", b"{}", one), Units { read: 1.5, ..Units::default() });
        assert_eq!(consumed("TransactWriteItems", b"{}", two), Units { write: 3.0, ..Units::default() });
        let split = br#"{"ConsumedCapacity": {"CapacityUnits": 3.0, "Table": {"CapacityUnits": 1.0},
            "GlobalSecondaryIndexes": {"a": {"CapacityUnits": 1.5}, "b": {"CapacityUnits": 0.5}}}}"#;
        assert_eq!(consumed("PutItem", b"{}", split), Units { write: 3.0, index: 2.0, ..Units::default() });
        let select = br#"{"Statements": [{"Statement": "SELECT * FROM t WHERE pk = 'a'"}]}"#;
        let insert = br#"{"Statements": [{"Statement": "INSERT INTO t VALUE {'pk': 'a'}"}]}"#;
        assert_eq!(consumed("BatchExecuteStatement", select, two), Units { read: 3.0, ..Units::default() });
        assert_eq!(consumed("BatchExecuteStatement", insert, two), Units { write: 3.0, ..Units::default() });
        assert_eq!(consumed("PutItem", b"{}", b"{}"), Units::default());
    }
}
