import { MAX_PACKED_KLINES, PACKED_INTERVALS } from "../wire/mod.ts";
import { PACKED_TICK_MS } from "./packed-klines.ts";

/** The part about binary frames of the page about the WebSocket. A test reads its example as a client would. */
export function packedSection(): string {
  const intervals = PACKED_INTERVALS.map((interval, number) => `${number} \`${interval}\``).join(", ");
  const bytes = EXAMPLE_BYTES.map(([hex, says]) => `| \`${hex}\` | ${says} |`);
  return `## Binary frames

On \`/ws?format=packed\` the server sends the \`kline\` messages of \`kline:\` and \`closed:\` channels as binary frames, in about a sixth of the
bytes. Everything else is JSON text as without it, also the snapshots. An unknown format is refused with 400. Channels, \`since\`,
\`recovered\`, close codes and limits are the same. A frame stands for one or more \`kline\` messages, in their order:

- A frame holds klines of one kind of channel and one interval. The states that all series of a channel get within ${PACKED_TICK_MS} ms share a frame.
- Closed klines have frames of their own, which the server never drops.
- A frame can be read without any earlier frame. It names symbols by ids. The server tells the ids in [\`ids\`](#ids) messages, and always
  before the first frame that uses them; a symbol that is listed later gets one, too. Ids are valid until the connection ends. Another
  connection may have others.
- Each figure reads back as the same double as from JSON.

A client that receives a frame which it can't read should close the connection.

### Bytes of a frame

A *varint* is a whole number from 0 to 2⁵³ − 1: seven bits a byte, the lowest first, and the highest bit of a byte is set if another byte
follows; at most eight bytes. A *signed varint* holds 0, −1, 1, −2, 2, … as 0, 1, 2, 3, 4, …: an even number \`n\` means \`n / 2\`, an odd one
\`−(n + 1) / 2\`. A *double* is an IEEE 754 binary64 in eight bytes, the lowest first.

| Bytes | Content |
| --- | --- |
| 1 | upper four bits: the version of the format, 1. Lower four bits: 0 open klines of a \`kline:\` channel, 2 closed klines of a \`kline:\` channel, 3 closed klines of a \`closed:\` channel |
| 1 | the interval: ${intervals} |
| 2 | number of klines, the lower byte first: 1 to ${MAX_PACKED_KLINES.toLocaleString("en-US")} |
| varint | \`openTime\`, unless a kline has its own |
| varint | \`closeTime\` − \`openTime\`, unless a kline has its own |
| … | the klines, up to the end of the frame |

Each kline:

| Bytes | Content |
| --- | --- |
| varint | the id of the symbol |
| 1 | flags: 0x01 it has its own \`openTime\`, 0x02 its own \`closeTime\` − \`openTime\`, 0x04 \`restated\`; null and therefore left out are: 0x10 \`quoteVolume\`, 0x20 \`trades\`, 0x40 \`takerBuyVolume\`, 0x80 \`takerBuyQuoteVolume\`. 0x08 is 0 |
| 1 | lower four bits: decimals of the prices; upper four bits: decimals of \`volume\` and \`takerBuyVolume\` |
| 1 | lower four bits: decimals of \`quoteVolume\` and \`takerBuyQuoteVolume\`; upper four bits: 0 |
| signed varint | with flag 0x01: \`openTime\` − that of the frame |
| varint | with flag 0x02: \`closeTime\` − \`openTime\` |
| 4 prices | \`open\`, \`high\`, \`low\`, \`close\` |
| amount | \`volume\` |
| amount | \`takerBuyVolume\` |
| amount | \`quoteVolume\` |
| amount | \`takerBuyQuoteVolume\` |
| varint | \`trades\` |

Decimals are 0 to 14, or 15. With 0 to 14 decimals, a price or an amount is a whole number of units, and a unit is \`10^−decimals\`. The value
is the double \`units / 10^decimals\`; one division gives exactly the value of the JSON. \`open\` is a signed varint; \`high\`, \`low\` and
\`close\` are signed varints too, relative to the units of \`open\`. An amount is a varint. With 15 decimals each figure is a double, and
\`high\`, \`low\` and \`close\` aren't relative.

### An example

After \`{"type":"ids","symbols":{"BTCUSDT":0,"ETHUSDT":1}}\` this frame on \`kline:*:1m\`

| Bytes (hexadecimal) | Meaning |
| --- | --- |
${bytes.join("\n")}

means the same as these messages:

\`\`\`json
${EXAMPLE_MESSAGES}
\`\`\``;
}

/** The bytes of a frame, part by part. */
const EXAMPLE_BYTES: readonly (readonly [hex: string, says: string])[] = [
  ["10", "version 1, open klines of a `kline:` channel"],
  ["01", "`1m`"],
  ["02 00", "2 klines"],
  ["80 90 e4 a6 c4 33", "`openTime` 1770681600000"],
  ["df d4 03", "59999 later: `closeTime` 1770681659999"],
  ["00", "id 0: BTCUSDT"],
  ["00", "no flags"],
  ["31", "prices with 1 decimal, volumes with 3"],
  ["04", "quote volumes with 4 decimals"],
  ["8a b7 4e", "`open`: 642501 units, 64250.1"],
  ["c6 01", "`high`: 99 units more, 64260"],
  ["03", "`low`: 2 units less, 64249.9"],
  ["6c", "`close`: 54 units more, 64255.5"],
  ["b9 60", "`volume`: 12345 units, 12.345"],
  ["f1 2e", "`takerBuyVolume`: 6001 units, 6.001"],
  ["f7 af 8e c6 1d", "`quoteVolume`: 7931664375 units, 793166.4375"],
  ["a4 fb c2 ae 0e", "`takerBuyQuoteVolume`: 3855662500 units, 385566.25"],
  ["b0 09", "`trades`: 1200"],
  ["01", "id 1: ETHUSDT"],
  ["c0", "`takerBuyVolume` and `takerBuyQuoteVolume` are null"],
  ["12", "prices with 2 decimals, volumes with 1"],
  ["02", "quote volumes with 2 decimals"],
  ["82 cb 16", "`open`: 185025 units, 1850.25"],
  ["00 09 09", "`high` is the same, `low` and `close` are 5 units less, 1850.2"],
  ["01", "`volume`: 1 unit, 0.1"],
  ["c6 90 01", "`quoteVolume`: 18502 units, 185.02"],
  ["03", "`trades`: 3"],
];

const EXAMPLE_MESSAGES = `[{"type":"kline","channel":"kline:BTCUSDT:1m","kline":{"openTime":1770681600000,"open":64250.1,"high":64260,"low":64249.9,
  "close":64255.5,"volume":12.345,"closeTime":1770681659999,"quoteVolume":793166.4375,"trades":1200,"takerBuyVolume":6.001,
  "takerBuyQuoteVolume":385566.25,"closed":false}},
 {"type":"kline","channel":"kline:ETHUSDT:1m","kline":{"openTime":1770681600000,"open":1850.25,"high":1850.25,"low":1850.2,
  "close":1850.2,"volume":0.1,"closeTime":1770681659999,"quoteVolume":185.02,"trades":3,"takerBuyVolume":null,
  "takerBuyQuoteVolume":null,"closed":false}}]`;
