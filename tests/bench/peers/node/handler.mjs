// The webhook's job as a careful Node team writes it with the AWS SDK v3: verify the signature, parse every change, read
// who is known, store messages, contacts and aliases in batches of 25 conditional statements, publish in batches of ten.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { BatchExecuteStatementCommand, BatchGetItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";

const { TABLE_NAME, EVENTS_QUEUE_URL, WEBHOOK_SECRET_ID } = process.env;

const dynamo = new DynamoDBClient({});
// Without it, the SDK hashes each body a second time. Left out in the peer's favour: Rust's and Python's do not either.
const sqs = new SQSClient({ md5: false });

// In init, as we do.
const answer = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: WEBHOOK_SECRET_ID }));
const secrets = JSON.parse(answer.SecretString).app_secret;

const RETENTION_S = 90 * 86_400;

export async function handle(event) {
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (!signed(body, event.headers["x-hub-signature-256"])) return { statusCode: 401, body: "" };
  const received = Date.now();
  const messages = [...mentioned(JSON.parse(body))];
  const { numbers, contacts } = await directory(messages);
  const ours = messages.filter((message) => numbers.has(message.number));
  await store(ours, contacts, received);
  await publish(ours);
  return { statusCode: 200, body: "" };
}

function signed(body, header) {
  const given = Buffer.from(header ?? "");
  return secrets.some((secret) => {
    const wanted = Buffer.from(`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

function* mentioned(body) {
  for (const entry of body.entry ?? []) {
    for (const change of entry.changes ?? []) {
      if (change.field !== "messages") continue;
      const number = change.value.metadata.phone_number_id;
      const profiles = new Map((change.value.contacts ?? []).map((contact) => [contact.wa_id, contact]));
      for (const raw of change.value.messages ?? []) {
        const at = Number(raw.timestamp) * 1_000;
        yield { waba: entry.id, number, raw, at, person: `wa:${raw.from}`, profile: profiles.get(raw.from) };
      }
    }
  }
}

const aliasKey = (number, person) => ({ pk: { S: `N#${number}#A#${person}` }, sk: { S: "ALIAS" } });

async function directory(messages) {
  const wanted = new Map();
  for (const { number, person } of messages) {
    wanted.set(`CH#${number}`, { pk: { S: `CH#${number}` }, sk: { S: "CHANNEL" } });
    wanted.set(`N#${number}#A#${person}`, aliasKey(number, person));
  }
  const pages = await Promise.all(
    chunks([...wanted.values()], 100).map((Keys) =>
      dynamo.send(new BatchGetItemCommand({ RequestItems: { [TABLE_NAME]: { Keys } } })),
    ),
  );
  const numbers = new Set();
  const contacts = new Map();
  for (const page of pages) {
    for (const item of page.Responses?.[TABLE_NAME] ?? []) {
      if (item.sk.S === "CHANNEL") numbers.add(item.pk.S.slice(3));
      else contacts.set(item.pk.S, item.contact_key.S);
    }
  }
  return { numbers, contacts };
}

async function store(messages, contacts, received) {
  const statements = messages.map((message) => insert(messageItem(message, received)));
  const people = new Map();
  for (const message of messages) {
    const key = `${message.number}#${message.person}`;
    const newest = people.get(key);
    if (!newest || newest.at < message.at) people.set(key, message);
  }
  for (const message of people.values()) {
    const known = contacts.get(aliasKey(message.number, message.person).pk.S);
    if (known) {
      statements.push(touch(message, known));
    } else {
      statements.push(insert(contactItem(message, received)));
      statements.push(
        insert({ ...aliasKey(message.number, message.person), kind: { S: "alias" }, contact_key: { S: message.person } }),
      );
    }
  }
  const answers = await Promise.all(
    chunks(statements, 25).map((Statements) => dynamo.send(new BatchExecuteStatementCommand({ Statements }))),
  );
  for (const error of answers.flatMap((page) => page.Responses ?? []).map((response) => response.Error)) {
    // Stored before, or newer already: both are fine.
    if (error && error.Code !== "DuplicateItem" && error.Code !== "ConditionalCheckFailed") throw new Error(error.Code);
  }
}

function insert(item) {
  const names = Object.keys(item).map((name) => `'${name}': ?`);
  return {
    Statement: `INSERT INTO "${TABLE_NAME}" VALUE {${names.join(", ")}}`,
    Parameters: Object.values(item),
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}

function touch(message, key) {
  const at = { N: String(message.at) };
  return {
    Statement:
      `UPDATE "${TABLE_NAME}" SET "last_inbound_at"=? SET "name"=? SET "list_pk"=? SET "list_sk"=? ` +
      `WHERE "pk"=? AND "sk"=? AND "last_inbound_at" < ?`,
    Parameters: [
      at,
      { S: message.profile?.profile?.name ?? "" },
      { S: `N#${message.number}#L#0` },
      { S: `${new Date(message.at).toISOString()}#${key}` },
      { S: `N#${message.number}#C#${key}` },
      { S: "CONTACT" },
      at,
    ],
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}

function messageItem(message, received) {
  return {
    pk: { S: `M#${message.raw.id}` },
    sk: { S: "MESSAGE" },
    kind: { S: "message" },
    message_id: { S: message.raw.id },
    phone_number_id: { S: message.number },
    waba_id: { S: message.waba },
    contact_key: { S: message.person },
    type: { S: message.raw.type },
    at: { N: String(message.at) },
    received_at: { N: String(received) },
    profile: { S: JSON.stringify(message.profile ?? null) },
    raw: { S: JSON.stringify(message.raw) },
    ttl: { N: String(Math.floor(received / 1_000) + RETENTION_S) },
    list_pk: { S: `N#${message.number}#C#${message.person}` },
    list_sk: { S: `${new Date(message.at).toISOString()}#${message.raw.id}` },
  };
}

function contactItem(message, received) {
  return {
    pk: { S: `N#${message.number}#C#${message.person}` },
    sk: { S: "CONTACT" },
    kind: { S: "contact" },
    contact_key: { S: message.person },
    phone_number_id: { S: message.number },
    wa_id: { S: message.raw.from },
    name: { S: message.profile?.profile?.name ?? "" },
    first_seen_at: { N: String(message.at) },
    last_inbound_at: { N: String(message.at) },
    created_at: { N: String(received) },
    list_pk: { S: `N#${message.number}#L#0` },
    list_sk: { S: `${new Date(message.at).toISOString()}#${message.person}` },
  };
}

async function publish(messages) {
  const entries = messages.map((message) => {
    const id = createHash("sha256").update(`message:${message.number}:${message.raw.id}`).digest("hex").slice(0, 32);
    return {
      MessageGroupId: createHash("sha256").update(`${message.number}:${message.person}`).digest("hex").slice(0, 32),
      MessageDeduplicationId: id,
      MessageBody: JSON.stringify({
        v: 1,
        id,
        type: "message.received",
        at: new Date(message.at).toISOString(),
        waba_id: message.waba,
        phone_number_id: message.number,
        contact: {
          key: message.person,
          wa_id: message.raw.from,
          phone: `+${message.raw.from}`,
          name: message.profile?.profile?.name,
        },
        data: message.raw,
      }),
    };
  });
  // One after the other: those of one person stay in order.
  for (const batch of chunks(entries, 10)) {
    const Entries = batch.map((entry, number) => ({ Id: String(number), ...entry }));
    const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: EVENTS_QUEUE_URL, Entries }));
    if (Failed?.length > 0) throw new Error(Failed[0].Code);
  }
}

function chunks(all, size) {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));
}
