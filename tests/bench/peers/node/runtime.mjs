// The loop of a custom runtime, so that nothing needs a C compiler. It does less than AWS's own, in the peer's favour.

import { Agent, request } from "node:http";
import { handle } from "./handler.mjs";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request({ host, port, method, path: `/2018-06-01/runtime/${path}`, agent, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts) }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

for (;;) {
  const invocation = await call("GET", "invocation/next");
  const id = invocation.headers["lambda-runtime-aws-request-id"];
  try {
    const answer = await handle(JSON.parse(invocation.body));
    await call("POST", `invocation/${id}/response`, JSON.stringify(answer));
  } catch (error) {
    await call("POST", `invocation/${id}/error`, JSON.stringify({ errorMessage: String(error), errorType: error.name }));
  }
}
