import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import {
  CHANNEL_FORMS,
  CHANNELS,
  CLOSE_SAYS,
  klineSchema,
  MESSAGE_KINDS,
  REQUEST_SCHEMA,
  tickerSchema,
} from "../wire/mod.ts";
import { STALLED_AFTER_MS } from "./backlog.ts";
import { WINDOW_BYTES } from "./flight-window.ts";
import { MAX_KEPT_BYTES } from "./outbox.ts";
import { KLINES_PER_TOKEN, LEAST_KLINES_COUNTED } from "./prices.ts";
import { MAX_WAITING_SIGNALS_PER_OWNER } from "./signal-fan-out.ts";
import { MESSAGE_RATE } from "./sockets.ts";

/** The page about the WebSocket (docs/protocol.md), made from the schemas that check and describe its messages. */
export function protocolPage(): string {
  const closes = Object.entries(CLOSE_SAYS).map(([code, { says, comeBack }]) => `| ${code} | ${says} | ${comeBack} |`);
  const channels = Object.values(CHANNELS).map(
    ({ says }, index) => `| \`${CHANNEL_FORMS[index]?.replace("|", "\\|")}\` | ${says} |`,
  );
  const messages = Object.entries(MESSAGE_KINDS).map(
    ([name, { says, schema }]) => `### ${name}\n\n${says}\n\n${members(schema)}`,
  );
  return `# The WebSocket

Written by \`npm run docs\` from the schemas in [src/wire](../src/wire). The HTTP routes are described by the server itself:
\`GET /openapi.json\`, and as a page at \`/docs\`.

Connect to \`/ws\` with the key in a header (\`X-API-Key: …\` or \`Authorization: Bearer …\`). Browsers can't send one there: they
ask \`POST /tickets\` first and connect to \`/ws?ticket=…\`. A ticket is good once, for 30 seconds. Frames are JSON text.

## What a client says

${requests()}

A socket may send ${MESSAGE_RATE.amount} messages at once and ${(1_000 * MESSAGE_RATE.amount) / MESSAGE_RATE.perMs} a second. Messages over that get an error, and a client that goes on is closed with
4009. A request with one wrong channel in it is refused as a whole. A client whose frames aren't JSON objects, or are too large, gets an
\`error\` and is closed with 4501.

### What a subscribe costs

A \`subscribe\` costs its caller what its snapshots hold: one token for each ${KLINES_PER_TOKEN.toLocaleString("en-US")} klines, rounded up, from the same bucket as HTTP
requests ([limits.md](limits.md#prices)). A ticker counts as a kline, and the snapshot of a series as ${LEAST_KLINES_COUNTED} klines at least. Channels
without a snapshot cost nothing. A channel that the socket already has is sent again, and paid for again, only with \`since\`; while
its snapshot still waits, the two become one that begins at the older \`since\`.

The price is taken before anything is done. If too few tokens are left, the answer is an \`error\` with the code \`rate_limited\`,
and no channel of the request has changed. \`retryAfterSeconds\` says when to send the same request again.

## Channels

| Channel | What comes |
| --- | --- |
${channels.join("\n")}

\`since\` holds, by channel, the open time of the last closed kline that the client has: the snapshot then begins with it. A \`since\` for
a channel that the request doesn't name, for one without klines, in seconds, or more than a day after the market's time is an error.

A snapshot is made when the client can take it, and holds everything up to that moment. Until then, messages of its series wait,
and its closed klines are in the snapshot. \`recovered\` is judged at that moment too.

A client that reads slowly gets the newest state of an open kline or ticker in place of all that it missed. A closed kline is
never left out. The server closes the socket with 4008, and the client comes back with \`since\`, when

- more than ${MAX_KEPT_BYTES / 2 ** 20} MB of closed klines, signals and answers wait for it,
- more than ${MAX_WAITING_SIGNALS_PER_OWNER.toLocaleString("en-US")} signals wait to be sent to the sockets of its caller; those that it missed are in \`GET /functions/v1/signals\`,
- the client has taken nothing of what waits for ${STALLED_AFTER_MS / 1_000} s: its own pings don't count,
- too much waits for all connections of its caller or for all callers, and this socket holds most of it
  ([limits.md](limits.md)).

The server sends at most ${WINDOW_BYTES / 1024} kB of waiting messages ahead of the client's pongs. Every WebSocket library answers pings by itself
(RFC 6455, 5.5.2); a client that doesn't is too slow.

## What the server says

${messages.join("\n\n")}

## Kline

${members(klineSchema)}

## Ticker

${members(tickerSchema)}

## Close codes

Below 4500 come back, from 4500 on don't.

| Code | Meaning | Come back? |
| --- | --- | --- |
${closes.join("\n")}
`;
}

/** The members of a shape as a table. */
function members(schema: v.GenericSchema): string {
  return membersOf(jsonSchema(schema));
}

function requests(): string {
  const { anyOf, oneOf } = jsonSchema(REQUEST_SCHEMA);
  const kinds = (anyOf ?? oneOf ?? []) as JsonSchema[];
  return kinds
    .map((kind) => {
      const op = (kind.properties?.op as JsonSchema | undefined)?.const;
      return `### ${op}\n\n\`\`\`json\n${EXAMPLES[String(op)]}\n\`\`\`\n\n${membersOf(kind)}`;
    })
    .join("\n\n");
}

const EXAMPLES: Readonly<Record<string, string>> = {
  subscribe:
    '{"id":1,"op":"subscribe","channels":["kline:BTCUSDT:1m","tickers"],"since":{"kline:BTCUSDT:1m":1760000000000}}',
  unsubscribe: '{"id":2,"op":"unsubscribe","channels":["tickers"]}',
  ping: '{"op":"ping"}',
};

function membersOf({ properties, required }: JsonSchema): string {
  const rows = Object.entries(properties ?? {}).map(([name, member]) => {
    const shape = member as JsonSchema;
    const optional = required?.includes(name) === true ? "" : "?";
    return `| \`${name}${optional}\` | ${shapeText(shape).replaceAll("|", "\\|")} | ${shape.description ?? ""} |`;
  });
  return `| Member | Type | |\n| --- | --- | --- |\n${rows.join("\n")}`;
}

function shapeText(shape: JsonSchema): string {
  if (shape.$ref !== undefined) return `[${name(shape.$ref)}](#${name(shape.$ref).toLowerCase()})`;
  if (shape.const !== undefined) return `\`${JSON.stringify(shape.const)}\``;
  if (shape.enum !== undefined) return shape.enum.map((one) => `\`${JSON.stringify(one)}\``).join(" or ");
  const either = shape.anyOf ?? shape.oneOf;
  if (either !== undefined) return either.map((one) => shapeText(one as JsonSchema)).join(" or ");
  if (shape.type === "array") return `list of ${shapeText(shape.items as JsonSchema)}`;
  if (shape.type === "object") return `by name, ${shapeText((shape.additionalProperties ?? {}) as JsonSchema)}`;
  return String(shape.type ?? "anything");
}

function name(reference: string): string {
  return reference.split("/").at(-1) ?? "";
}

function jsonSchema(schema: v.GenericSchema): JsonSchema {
  const isNamed = schema === klineSchema || schema === tickerSchema;
  return toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    errorMode: "ignore",
    ...(isNamed
      ? {}
      : { definitions: { Kline: klineSchema, Ticker: tickerSchema } as Record<string, v.GenericSchema> }),
  });
}
