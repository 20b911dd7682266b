// Prints every candle as it closes, through restarts and lost connections, each once and in order:
//   npx bun examples/follow-closes.ts [URL] [CHANNEL ...]
import { createClient } from "../src/client/mod.ts";
import { VyxError } from "../src/core/mod.ts";

const [url = "http://127.0.0.1:8080", ...channels] = process.argv.slice(2);
const stopping = new AbortController();
process.on("SIGINT", () => stopping.abort());

try {
  const wanted = channels.length === 0 ? ["closed:*:1m"] : channels;
  for await (const message of createClient({ url }).subscribe(wanted, { signal: stopping.signal })) {
    switch (message.type) {
      case "connected":
        console.error(`connected (${message.source}): waiting for candles to close`);
        break;
      case "snapshot":
        console.log(message.channel, `begins with ${message.klines.length} candles`);
        break;
      case "kline":
        console.log(message.channel, new Date(message.kline.openTime).toISOString(), message.kline.close);
        break;
      case "gap":
        console.log(message.channel, "lacks candles from", new Date(message.from ?? 0).toISOString());
        break;
      case "disconnected":
        console.error(message.reason);
        break;
    }
  }
} catch (error) {
  if (!(error instanceof VyxError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
