// Prints the last closed candles of a series, and says so when some are missing:
//   bun examples/read-series.ts [URL] [SYMBOL] [INTERVAL]
import { ClientError, createClient } from "../src/client/mod.ts";
import { InvalidInput, parseInterval } from "../src/core/mod.ts";

const [url = "http://127.0.0.1:8080", symbol = "BTCUSDT", interval = "1m"] = process.argv.slice(2);
const client = createClient({ url });

try {
  const answer = await client.klines(symbol, parseInterval(interval), { limit: 5, closed: true });
  for (const { openTime, open, high, low, close, volume } of answer.klines) {
    console.log(new Date(openTime).toISOString(), open, high, low, close, volume);
  }
  if (!answer.complete) console.log("some candles are missing or in doubt");
} catch (error) {
  if (!(error instanceof ClientError || error instanceof InvalidInput)) throw error;
  console.error(`${error.code}: ${error.message}${error.retryable ? " (try again later)" : ""}`);
  process.exitCode = 1;
}
