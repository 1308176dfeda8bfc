// Takes events from Waypost's events.fifo: each one once, those of one person in order.
//
// What is yours is `work`. The rest is what every consumer of the queue needs; events.md says why.

import { createHash } from "node:crypto";
import { DynamoDBClient, GetItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";

// A repeat may be published a week after the first, and then wait in the queue for two.
const REMEMBER_S = 30 * 24 * 60 * 60;

const { SEEN_TABLE, INBOX_TABLE } = process.env;
const options = { maxAttempts: 3, requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 } };
const dynamodb = new DynamoDBClient(options);
const s3 = new S3Client(options);

/**
 * Your part: what an event comes to. This one keeps an inbox, with a count of unread messages for each person.
 *
 * Answers with the writes that belong to the event. They and the mark that the event is done are one transaction, so a
 * crash leaves both or neither, and counting is safe. (A mark written first loses the event in a crash, one written
 * last repeats it.) What you do elsewhere, you do here, before the mark: a crash may repeat it, so hand `event.id` along
 * as its idempotency key.
 */
async function work(event, data) {
  if (event.contact === null) return [];
  return [
    {
      Update: {
        TableName: INBOX_TABLE,
        Key: { conversation: { S: `${event.phone_number_id}#${event.contact.key}` } },
        UpdateExpression: "SET last_message_id = :id, last_at = :at ADD unread :one",
        ExpressionAttributeValues: { ":id": { S: String(data.id) }, ":at": { S: event.at }, ":one": { N: "1" } },
      },
    },
  ];
}

// Other types are let go, those of tomorrow too.
const WORK = new Map([["message.received", work]]);

/** An event that cannot be handled. Its words are ours and may be logged. */
class Refused extends Error {}

/** One batch. What is reported comes again; what is not is done. */
export async function handler(batch) {
  const groups = new Map();
  for (const record of batch.Records) {
    const group = record.attributes.MessageGroupId;
    groups.set(group, [...(groups.get(group) ?? []), record]);
  }
  // Groups side by side, each in order.
  const failed = new Set((await Promise.all([...groups.values()].map(inOrder))).flat());
  const failures = batch.Records.filter((record) => failed.has(record));
  return { batchItemFailures: failures.map((record) => ({ itemIdentifier: record.messageId })) };
}

async function inOrder(records) {
  for (const [at, record] of records.entries()) {
    try {
      await handle(record.body);
    } catch (error) {
      console.error(`record ${record.messageId} failed: ${reason(error)}`);
      // The rest of the person's events wait, or they would overtake it.
      return records.slice(at);
    }
  }
  return [];
}

async function handle(body) {
  // JSON.parse rounds long numbers: read prices and the like from `body`, or with a parser that keeps digits.
  const event = JSON.parse(body);
  if (event.v !== 1) throw new Refused(`version ${event.v} of the events is not known here`);
  const wanted = WORK.get(event.type);
  if (wanted === undefined || (await isDone(event.id))) return;
  const data = event.data ?? (await fetchData(event.data_ref));
  await finish(event.id, await wanted(event, data));
}

async function isDone(id) {
  const key = { TableName: SEEN_TABLE, Key: { id: { S: id } }, ConsistentRead: true };
  return (await dynamodb.send(new GetItemCommand(key))).Item !== undefined;
}

/** Data of more than 200 KiB are in the stack's bucket. */
async function fetchData({ bucket, key, sha256 }) {
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const bytes = await object.Body.transformToByteArray();
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
    throw new Refused("the data in the bucket are not those of the event");
  }
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Marks the event as done, together with its writes. */
async function finish(id, writes) {
  const ttl = Math.floor(Date.now() / 1000) + REMEMBER_S;
  const mark = {
    Put: {
      TableName: SEEN_TABLE,
      Item: { id: { S: id }, ttl: { N: String(ttl) } },
      ConditionExpression: "attribute_not_exists(id)",
    },
  };
  try {
    await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [mark, ...writes] }));
  } catch (error) {
    // The mark is there: it was done meanwhile.
    if (error.CancellationReasons?.[0]?.Code !== "ConditionalCheckFailed") throw error;
  }
}

/** Never an error's own words: those of a parser or a service may quote a body, a name or a phone number. */
function reason(error) {
  return error instanceof Refused ? error.message : error.name;
}
